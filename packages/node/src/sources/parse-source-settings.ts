import { CallableError, type PeerScope, parsePeerUrl, peerScopes } from '@callable/protocol';

/** A setting as an operator wrote it, and what it is called there: a flag, or a variable of the environment. */
type Written = { name: string; text: string | undefined };

export type SourceSettings = {
  peerListen?: { host: string; port: number } | null;
  peerUrl?: string;
  peerScope?: PeerScope;
  aggregators?: readonly string[];
};

/**
 * Where others get chunks from this node, and where it gets them beside the hub. What was not written is left out.
 * Throws RequestInvalid naming what does not fit.
 */
export function parseSourceSettings(written: {
  listen: Written;
  url: Written;
  scope: Written;
  aggregators: Written;
}): SourceSettings {
  const { listen, url, scope, aggregators } = written;
  return {
    ...(listen.text ? { peerListen: parseListen(listen.name, listen.text) } : {}),
    ...(url.text ? { peerUrl: parseReach(url.name, url.text) } : {}),
    ...(scope.text ? { peerScope: parseScope(scope.name, scope.text) } : {}),
    ...(aggregators.text ? { aggregators: parseAggregators(aggregators.name, aggregators.text) } : {}),
  };
}

function parseListen(name: string, text: string): { host: string; port: number } | null {
  if (text === 'off') return null;
  const found = /^(?:\[([^\s\]]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  if (!found || Number(found[3]) > 65535) throw refuse(name, 'host:port or off', text);
  return { host: found[1] ?? found[2] ?? '', port: Number(found[3]) };
}

function parseReach(name: string, text: string): string {
  const url = parsePeerUrl(text);
  if (url === null) throw refuse(name, 'http(s)://host:port and nothing more', text);
  return url;
}

function parseScope(name: string, text: string): PeerScope {
  const scope = peerScopes.find((word) => word === text);
  if (!scope) throw refuse(name, `one of ${peerScopes.join(', ')}`, text);
  return scope;
}

function parseAggregators(name: string, text: string): string[] {
  const urls = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  // A password would end up in logs.
  for (const url of urls)
    if (!isBaseUrl(url)) throw refuse(name, 'http(s) URLs without credentials or query, separated by commas', url);
  return urls;
}

function isBaseUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
}

const refuse = (name: string, wanted: string, text: string) =>
  new CallableError('RequestInvalid', `${name} is ${wanted}, not ${text.slice(0, 100)}.`);
