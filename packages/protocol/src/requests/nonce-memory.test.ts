import { expect, test } from 'vitest';
import { type Address, zeroAddress } from '../identity/address.ts';
import { createNonceMemory } from './nonce-memory.ts';
import { requestBodyMs, requestWindowMs } from './signed-request.ts';

const keptMs = 2 * requestWindowMs + requestBodyMs;

test('a nonce is remembered as long as a request with it could pass', () => {
  let now = 0;
  const nonces = createNonceMemory(() => now);
  const remember = (signer: string) => nonces.remember(signer as Address, 'n', now);
  // Dated half a minute ahead, accepted at once, in date a minute later, and whole when its body is.
  expect(remember('0xaa')).toBe('new');
  for (now of [1, 30_000, 59_999, 60_000, keptMs - 1]) expect(remember('0xaa')).toBe('seen');
  expect(remember('0xbb')).toBe('new');
  now = 2 * keptMs;
  expect(remember('0xaa')).toBe('new');
});

test('attack by callers: a full memory refuses, it does not forget', () => {
  let now = 0;
  const nonces = createNonceMemory(() => now, 2);
  const remember = (nonce: string) => nonces.remember(zeroAddress, nonce, now);
  expect(['a', 'b', 'c', 'a'].map(remember)).toEqual(['new', 'new', 'full', 'seen']);
  now = keptMs - 1;
  expect(['a', 'c'].map(remember)).toEqual(['seen', 'full']);
  now = keptMs;
  expect(['c', 'a'].map(remember)).toEqual(['new', 'new']);
});

test('attack by a caller: headers that came in time do not keep a request good for ever', () => {
  const nonces = createNonceMemory(() => requestBodyMs);
  expect(nonces.remember(zeroAddress, 'a', 1)).toBe('new');
  expect(nonces.remember(zeroAddress, 'b', 0)).toBe('late');
});
