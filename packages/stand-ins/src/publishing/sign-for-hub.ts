import { type PrivateKey, type Statement, signStatement } from '@callable/protocol';
import type { Client } from '@callable/sdk';

/** What the key of this client says to its hub, which it has been told or has asked before. */
export function signForHub(
  { key, audiences, found }: Pick<Client, 'key' | 'audiences' | 'found'>,
  fact: { kind: string; subject: string; body: Record<string, unknown>; issuedAt?: number },
): Statement {
  const hub = audiences.hub ?? found.hub;
  if (!hub) throw new Error('This client has not asked yet which hub it speaks to.');
  return signStatement({ issuedAt: Date.now(), ...fact, hub }, key as PrivateKey);
}
