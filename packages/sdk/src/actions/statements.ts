import {
  CallableError,
  LoggedStatementView,
  type StatementBody,
  type StatementKind,
  signStatement,
} from '@callable/protocol';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** Signs a statement with the key of the client and adds it to the log. Throws SignatureMissing without a key. */
export function makeStatement<Kind extends StatementKind>(
  client: Client,
  fact: { kind: Kind; subject: string; body: StatementBody<Kind> },
  { signal }: { signal?: AbortSignal } = {},
): Promise<LoggedStatementView> {
  if (!client.key) throw new CallableError('SignatureMissing', 'A statement is signed, and this client has no key.');
  const { kind, subject } = fact;
  const body: Record<string, unknown> = { ...fact.body };
  const statement = signStatement({ kind, subject, body, issuedAt: client.clock() }, client.key);
  return readJson(client, LoggedStatementView, '/v1/statements', { method: 'POST', json: statement, signal });
}
