import { hash } from 'node:crypto';
import { type Address, createKeylessRequest, zeroAddress } from '@callable/protocol';
import type { Caller } from './caller.ts';

/** Writes a call without a key down, so that its receipt names exactly one call; `bodyHash` where it is known. */
export type NameKeyless = (body: Uint8Array, bodyHash?: Uint8Array) => Caller;

export function createNameKeyless(gateway: Address, draw: (length: number) => Uint8Array): NameKeyless {
  const bytesOf = createKeylessRequest(gateway);
  return (body, bodyHash = hash('sha256', body, 'buffer')) => ({
    address: zeroAddress,
    request: hash('sha256', bytesOf(draw(32), bodyHash), 'hex'),
    signed: null,
  });
}
