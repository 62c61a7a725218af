import { canonicalBytes } from '../json/canonical-json.ts';
import { recoverSigner } from '../keys/recover-signer.ts';
import { typedFields } from './sign-statement.ts';
import { maxClockSkewMs, maxStatementBytes, type Statement, statementStruct } from './statement.ts';

export type StatementVerdict =
  | { ok: true }
  | { ok: false; reason: 'StatementTooLarge' | 'SignatureInvalid' | 'StatementFutureDated' };

/**
 * Whether a statement is what its signer signed. It says nothing about whether that signer may say it: authority
 * is judged where the statement is used.
 */
export function verifyStatement(statement: Statement, now: number): StatementVerdict {
  if (canonicalBytes(statement).length > maxStatementBytes) return { ok: false, reason: 'StatementTooLarge' };
  if (statement.issuedAt > now + maxClockSkewMs) return { ok: false, reason: 'StatementFutureDated' };
  const signer = recoverSigner(statementStruct, typedFields(statement), statement.signature);
  return signer === statement.signer ? { ok: true } : { ok: false, reason: 'SignatureInvalid' };
}
