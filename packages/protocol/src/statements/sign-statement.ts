import type { Address } from '../identity/address.ts';
import { digestJson, hexOfDigest } from '../identity/digest.ts';
import { addressOf, type PrivateKey } from '../keys/private-key.ts';
import { signTyped } from '../keys/sign-typed.ts';
import { type Statement, statementStruct } from './statement.ts';

type Fact = { kind: string; subject: string; body: Record<string, unknown>; issuedAt: number };

/**
 * Signs a fact. `issuedAt` is in milliseconds and comes from the caller's clock. `hub` is the hub it is for, and enters its
 * body: a hub takes from others only what names it.
 */
export function signStatement({ hub, ...given }: Fact & { hub?: Address }, key: PrivateKey): Statement {
  const fact = hub === undefined ? given : { ...given, body: { ...given.body, hub } };
  return { ...fact, signer: addressOf(key), signature: signTyped(statementStruct, typedFields(fact), key) };
}

export const typedFields = ({ kind, subject, body, issuedAt }: Fact) => ({
  kind,
  subject,
  body: hexOfDigest(digestJson(body)),
  issuedAt,
});
