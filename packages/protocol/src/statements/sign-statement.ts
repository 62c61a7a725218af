import { digestJson, hexOfDigest } from '../identity/digest.ts';
import { addressOf, type PrivateKey } from '../keys/private-key.ts';
import { signTyped } from '../keys/sign-typed.ts';
import { type Statement, statementStruct } from './statement.ts';

/** Signs a fact. `issuedAt` is in milliseconds and comes from the caller's clock. */
export function signStatement(
  fact: { kind: string; subject: string; body: Record<string, unknown>; issuedAt: number },
  key: PrivateKey,
): Statement {
  return { ...fact, signer: addressOf(key), signature: signTyped(statementStruct, typedFields(fact), key) };
}

export function typedFields(fact: { kind: string; subject: string; body: Record<string, unknown>; issuedAt: number }) {
  return {
    kind: fact.kind,
    subject: fact.subject,
    body: hexOfDigest(digestJson(fact.body)),
    issuedAt: fact.issuedAt,
  };
}
