import { canonicalBytes } from '../json/canonical-json.ts';
import { jsonProblem } from '../json/json-problem.ts';
import { recoverSigner } from '../keys/recover-signer.ts';
import { typedFields } from './sign-statement.ts';
import { maxClockSkewMs, maxStatementBytes, type Statement, statementStruct } from './statement.ts';

export type StatementVerdict =
  | { ok: true }
  | { ok: false; reason: 'StatementInvalid' | 'StatementTooLarge' | 'SignatureInvalid' | 'StatementFutureDated' };

/**
 * Whether a statement is what its signer signed. It says nothing about whether that signer may say it: authority
 * is judged where the statement is used.
 */
export function verifyStatement(statement: Statement, now: number): StatementVerdict {
  // A schema lets through what has no canonical form: 1e999, lone surrogates, a body nested a million deep.
  if (jsonProblem(statement) !== null) return { ok: false, reason: 'StatementInvalid' };
  if (canonicalBytes(statement).length > maxStatementBytes) return { ok: false, reason: 'StatementTooLarge' };
  if (statement.issuedAt > now + maxClockSkewMs) return { ok: false, reason: 'StatementFutureDated' };
  const signer = recoverSigner(statementStruct, typedFields(statement), statement.signature);
  return signer === statement.signer ? { ok: true } : { ok: false, reason: 'SignatureInvalid' };
}
