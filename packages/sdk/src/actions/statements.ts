import {
  CallableError,
  LoggedStatementView,
  type Statement,
  type StatementBody,
  type StatementKind,
  StatementList,
  signStatement,
} from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';
import { releasePath } from '../client/release-path.ts';

/** Adds a statement to the log; adding it again changes nothing. */
export const submitStatement = (client: Client, statement: Statement, { signal }: Abortable = {}) =>
  readJson(client, LoggedStatementView, '/v1/statements', { method: 'POST', json: statement, signal });

/** Signs a statement with the key of the client and adds it to the log. Throws SignatureMissing without a key. */
export function makeStatement<Kind extends StatementKind>(
  client: Client,
  fact: { kind: Kind; subject: string; body: StatementBody<Kind> },
  { signal }: Abortable = {},
): Promise<LoggedStatementView> {
  if (!client.key) throw new CallableError('SignatureMissing', 'A statement is signed, and this client has no key.');
  const { kind, subject } = fact;
  const body: Record<string, unknown> = { ...fact.body };
  const statement = signStatement({ kind, subject, body, issuedAt: client.clock() }, client.key);
  return readJson(client, LoggedStatementView, '/v1/statements', { method: 'POST', json: statement, signal });
}

/** The statements about a release in log order. */
export const listStatements = (client: Client, release: string) =>
  readJson(client, StatementList, `${releasePath(release)}/statements`);
