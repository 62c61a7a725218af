import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CallableError, endWithin } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findFileIn } from '../log/find-log-file.ts';
import type { LogSource } from './log-source.ts';

/** A full bundle of the longest entries. */
const largestFile = 256 * (2 + 65_535);
const patienceMs = 30_000;

/**
 * A copy of the log in a directory, as `callable log copy`, a hub's `log/` or a node's `log/` are; or, by URL, a hub, a
 * mirror of its `/log/` or a node's port for other nodes. Throws when there is no such directory.
 */
export async function openLogSource({ fetch }: Pick<HubContext, 'fetch'>, name: string): Promise<LogSource> {
  if (/^https?:\/\//.test(name)) {
    const base = name.replace(/\/+$/, '').replace(/\/log$/, '');
    const get = (path: string) => getBytes(fetch, `${base}${path}`);
    return {
      name,
      read: (path) => get(`/log/${path}`),
      readManifest: async (digest) => parse(await get(`/v1/manifests/${digest.slice('sha256:'.length)}`)),
    };
  }
  const directory = resolve(name);
  const found = await stat(directory).catch(() => null);
  if (!found?.isDirectory())
    throw new CallableError('RequestInvalid', `${name} is neither a URL nor a directory with a copy of the log.`);
  // Of a node its data directory: the entries it kept are in `log`, the manifests beside.
  const isNode = (await stat(join(directory, 'log', 'checkpoint')).catch(() => null)) !== null;
  const log = isNode ? join(directory, 'log') : directory;
  return {
    name,
    read: (path) => findFileIn(log, path),
    readManifest: async (digest) =>
      parse(await readFile(join(directory, 'manifests', `${digest.slice('sha256:'.length)}.json`)).catch(() => null)),
  };
}

async function getBytes(fetch: HubContext['fetch'], url: string): Promise<Uint8Array | null> {
  const response = await fetch(url, { signal: endWithin(patienceMs) });
  if (!response.ok) {
    await response.body?.cancel();
    return null;
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > largestFile) throw new Error(`${url} answers with more than a file of a log has.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function parse(bytes: Uint8Array | null): unknown {
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
