import { CallableError } from '../reasons/callable-error.ts';
import type { NonceMemory } from './nonce-memory.ts';

/** Lets a signed request pass once. Throws RequestReplayed the second time, NotReady when no more can be remembered. */
export function refuseKnownNonce(nonces: NonceMemory, { signer, nonce }: { signer: string; nonce: string }): void {
  const found = nonces.remember(signer, nonce);
  if (found === 'seen') throw new CallableError('RequestReplayed');
  if (found === 'full') throw new CallableError('NotReady', 'No more signed requests can be remembered for now.');
}
