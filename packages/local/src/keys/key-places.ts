import { join } from 'node:path';
import { readKeyFile } from '@callable/disk';
import { addressOf, parsePrivateKey, toHex } from '@callable/protocol';

export type KeyName = 'hub-key' | 'log-key' | 'node-key' | 'examples-key';
export type SavedKeys = Partial<Record<KeyName, string>>;

/** Where each key of a network lies; a hub alone has the first two, and no folder around them. */
export const keyPlaces: Readonly<Record<KeyName, string>> = {
  'hub-key': 'hub/hub-key',
  'log-key': 'hub/log-key',
  'node-key': 'node/key',
  'examples-key': 'examples-key',
};

/** Without these a hub is another hub. */
export const neededKeys: readonly KeyName[] = ['hub-key', 'log-key'];

/** The keys below a directory of `callable up` or of a hub alone, as their files hold them. */
export async function readKeys(directory: string): Promise<SavedKeys> {
  const keys: SavedKeys = {};
  for (const [name, place] of Object.entries(keyPlaces) as [KeyName, string][]) {
    const found =
      (await readKeyFile(join(directory, place))) ?? (await readKeyFile(join(directory, place.replace(/^hub\//, ''))));
    if (found?.key) keys[name] = `0x${toHex(found.key)}`;
  }
  return keys;
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
