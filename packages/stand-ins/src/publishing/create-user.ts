import { type Address, addressOf, type PrivateKey } from '@callable/protocol';
import { type Client, createClient } from '@callable/sdk';
import { randomKey } from '../keys/random-key.ts';

export type User = { key: PrivateKey; address: Address; client: Client };

/** Somebody with a key nobody has seen before. */
export function createUser(url: string): User {
  const key = randomKey();
  return { key, address: addressOf(key), client: createClient(url, { key }) };
}
