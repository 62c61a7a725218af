import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskError, readKeyFile } from '@callable/disk';
import { addressOf, ownMember, parsePrivateKey, toHex } from '@callable/protocol';
import { placeNode } from '../nodes/place-node.ts';

/** Of several nodes the first has the name that it has alone. */
export type KeyName = 'hub-key' | 'log-key' | 'examples-key' | 'node-key' | `node-${number}-key`;
export type SavedKeys = Partial<Record<KeyName, string>>;

/** Where each key of a network lies; a hub alone has the first two, and no folder around them. */
const keyPlaces: Readonly<Partial<Record<KeyName, string>>> = {
  'hub-key': 'hub/hub-key',
  'log-key': 'hub/log-key',
  'node-key': 'node/key',
  'examples-key': 'examples-key',
};

/** As many as a backup may name: it may be a stranger's. */
const nodeKeyName = /^node-([2-9]|[1-9][0-9]{1,2})-key$/;

const ownPlace = (name: string) => ownMember(keyPlaces, name);

/** Where a key lies below a data directory, or null for a name that is none. */
export function placeKey(name: string, layout: 'network' | 'hub'): string | null {
  const number = nodeKeyName.exec(name)?.[1];
  const place = number === undefined ? ownPlace(name) : join(placeNode(Number(number)), 'key');
  if (place === undefined) return null;
  return layout === 'hub' ? place.replace(/^hub\//, '') : place;
}

/** Without these a hub is another hub. */
export const neededKeys: readonly KeyName[] = ['hub-key', 'log-key'];

/** The keys below a directory of `callable up` or of a hub alone, as their files hold them. */
export async function readKeys(directory: string): Promise<SavedKeys> {
  const keys: SavedKeys = {};
  for (const name of await listNames(directory)) {
    const place = (layout: 'network' | 'hub') => join(directory, placeKey(name, layout) ?? '');
    const found = (await readKeyFile(place('network'))) ?? (await readKeyFile(place('hub')));
    if (found?.key) keys[name] = `0x${toHex(found.key)}`;
  }
  return keys;
}

/** Every name that may have a file there. */
async function listNames(directory: string): Promise<KeyName[]> {
  const numbers = await readdir(join(directory, 'nodes')).catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return [];
    throw error;
  });
  const names = numbers.map((number) => `node-${number}-key` as KeyName).filter((name) => nodeKeyName.test(name));
  return [...(Object.keys(keyPlaces) as KeyName[]), ...names.sort()];
}

/** Whose keys they are: what a backup may tell anybody. */
export function addressesOf(keys: SavedKeys): Partial<Record<KeyName, string>> {
  const addresses: Partial<Record<KeyName, string>> = {};
  for (const [name, text] of Object.entries(keys) as [KeyName, string][]) {
    const key = parsePrivateKey(text);
    if (key) addresses[name] = addressOf(key);
  }
  return addresses;
}
