import type { Address } from '../identity/address.ts';
import { CallableError } from '../reasons/callable-error.ts';
import type { NonceMemory } from './nonce-memory.ts';
import { requestBodyMs } from './signed-request.ts';

/**
 * Lets a signed request pass once; `arrivedAt` is when its headers were here. Throws RequestReplayed the second time,
 * RequestExpired when its body took too long, NotReady when no more can be remembered.
 */
export async function refuseKnownNonce(
  nonces: NonceMemory,
  { signer, nonce }: { signer: Address; nonce: string },
  arrivedAt: number,
): Promise<void> {
  const found = await nonces.remember(signer, nonce, arrivedAt);
  if (found === 'seen') throw new CallableError('RequestReplayed');
  if (found === 'full') throw new CallableError('NotReady', 'No more signed requests can be remembered for now.');
  if (found === 'late')
    throw new CallableError('RequestExpired', `The body came more than ${requestBodyMs / 1000} s after its headers.`);
}
