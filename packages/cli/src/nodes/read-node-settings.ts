import { type Address, parseAddress } from '@callable/protocol';
import type { Given, OptionSpec } from '../arguments/command.ts';
import { parseBytes } from '../arguments/parse-bytes.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import { asUsage } from '../errors/as-usage.ts';
import { usageError } from '../errors/cli-error.ts';

/** What an operator of a node may decide, as the help shows it. */
export const nodeOptions = {
  memory: { value: 'BYTES', help: 'memory for loaded models, for example 8G (half of the machine)' },
  disk: { value: 'BYTES', help: 'disk for releases, for example 100G (four fifths of what is free)' },
  slots: { value: 'N', help: 'calls that run at the same time (two per core, at least 4)' },
  operator: { value: 'ADDRESS', help: 'whose node it is; that key says so too: callable key delegate (its own key)' },
  gateways: { value: 'URLS', help: 'gateways to link to, separated by commas (those the hub names)' },
  'peer-listen': {
    value: 'HOST:PORT',
    help: 'where other nodes get chunks from this one, or off (a free port of loopback when the hub is there, else off)',
  },
  'peer-url': { value: 'URL', help: 'how other nodes reach that, when a proxy or forwarded port is in between' },
  'peer-scope': {
    value: 'SCOPE',
    help: 'which addresses of other nodes are dialled: public, private or loopback (loopback with such a hub, else public)',
  },
  'peer-rate': { value: 'BYTES', help: 'chunks sent to other nodes per second, for example 20M (250 MB)' },
  aggregators: { value: 'URLS', help: 'Walrus aggregators to fetch from too, separated by commas, best first (none)' },
  'refuse-licenses': {
    value: 'IDS',
    help: 'licences whose releases it neither fetches nor runs, by commas; none: without one (none)',
  },
  'refuse-labels': {
    value: 'LABELS',
    help: 'labels, by whom the hub follows, whose releases it refuses alike, by commas (none)',
  },
} as const satisfies Record<string, OptionSpec>;

/** The settings that were given; what was not is left to the node. Throws a usage error. */
export async function readNodeSettings(given: Given) {
  const { listOf, parseSourceSettings } = await import('@callable/node');
  const written = (name: keyof typeof nodeOptions) => ({ name: `--${name}`, text: given.text(name) });
  const bytes = (name: keyof typeof nodeOptions) => {
    const text = given.text(name);
    return text === undefined ? undefined : parseBytes(name, text);
  };
  const [memoryBytes, diskBytes, peerBytesPerSecond] = [bytes('memory'), bytes('disk'), bytes('peer-rate')];
  const slots = given.text('slots');
  const gateways = given.text('gateways');
  const operator = given.text('operator');
  const [licenses, labels] = [given.text('refuse-licenses'), given.text('refuse-labels')];
  const sources = asUsage('node start', () =>
    parseSourceSettings({
      listen: written('peer-listen'),
      url: written('peer-url'),
      scope: written('peer-scope'),
      aggregators: written('aggregators'),
    }),
  );
  return {
    ...sources,
    ...(licenses === undefined && labels === undefined
      ? {}
      : { refuse: { licenses: listOf(licenses), labels: listOf(labels) } }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(diskBytes === undefined ? {} : { diskBytes }),
    ...(peerBytesPerSecond === undefined ? {} : { peerBytesPerSecond }),
    ...(slots === undefined ? {} : { slots: parseWholeNumber('slots', slots, { min: 1, max: 1024 }) }),
    ...(operator === undefined ? {} : { operator: parseOperator(operator) }),
    ...(gateways === undefined ? {} : { gateways: parseGateways(gateways) }),
  };
}

function parseOperator(text: string): Address {
  const operator = parseAddress(text);
  if (operator) return operator;
  throw usageError(`--operator ${text} is not an address.`, 'Write it as 0x and 40 hex digits.');
}

function parseGateways(text: string): string[] {
  const urls = text.split(',').map((url) => url.trim());
  const wrong = urls.find((url) => !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''));
  if (wrong === undefined) return urls;
  throw usageError(`--gateways ${wrong} is not a URL.`, 'Write it like --gateways https://a.example,https://b.example');
}
