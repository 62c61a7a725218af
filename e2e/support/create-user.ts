import { randomBytes } from 'node:crypto';
import { type Address, addressOf, createPrivateKey, type PrivateKey } from '@callable/protocol';
import { type Client, createClient } from '@callable/sdk';

export type User = { key: PrivateKey; address: Address; client: Client };

/** Somebody with a key nobody has seen before. */
export function createUser(url: string): User {
  const key = createPrivateKey((length) => randomBytes(length));
  return { key, address: addressOf(key), client: createClient(url, { key }) };
}
