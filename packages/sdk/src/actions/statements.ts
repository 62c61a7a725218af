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
import { findAudience } from '../client/find-audience.ts';
import { foreignAnswer } from '../client/foreign-answer.ts';
import { readJson } from '../client/read-json.ts';
import { releasePath } from '../client/release-path.ts';

/** Adds a statement to the log; adding it again changes nothing. */
export const submitStatement = (client: Client, statement: Statement, { signal }: Abortable = {}) =>
  readJson(client, LoggedStatementView, '/v1/statements', { method: 'POST', json: statement, signal });

/** Signs a statement for this hub with the key of the client and adds it to the log. Throws SignatureMissing without a key. */
export async function makeStatement<Kind extends StatementKind>(
  client: Client,
  fact: { kind: Kind; subject: string; body: StatementBody<Kind> },
  { signal }: Abortable = {},
): Promise<LoggedStatementView> {
  if (!client.key) throw new CallableError('SignatureMissing', 'A statement is signed, and this client has no key.');
  const { kind, subject } = fact;
  const body: Record<string, unknown> = { ...fact.body };
  const hub = await findAudience(client, 'hub', signal);
  return submitStatement(client, signStatement({ kind, subject, body, issuedAt: client.clock(), hub }, client.key), {
    signal,
  });
}

/** One page is read at a time: so many of the largest statements fit into what an answer may have. */
const perPage = 250;
/** More than any release has; a hostile hub has pages without end. */
const mostStatements = 100_000;

/** All statements about a release in log order. Throws HubUnreachable when its pages do not go on, or never end. */
export async function listStatements(
  client: Client,
  release: string,
  { signal }: Abortable = {},
): Promise<{ statements: LoggedStatementView[] }> {
  const all: LoggedStatementView[] = [];
  for (let last = -1; ; ) {
    const path = `${releasePath(release)}/statements?after=${last}&limit=${perPage}`;
    const { statements } = await readJson(client, StatementList, path, { signal });
    for (const statement of statements) {
      if (statement.seq <= last || all.length === mostStatements)
        throw foreignAnswer(`${client.baseUrl}${path} answered with pages that do not go on or never end.`);
      last = statement.seq;
      all.push(statement);
    }
    if (statements.length < perPage) return { statements: all };
  }
}
