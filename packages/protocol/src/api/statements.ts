import { digest } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { Statement } from '../statements/statement.ts';

export const LoggedStatementView = Type.Object({
  seq: Type.Integer(),
  id: digest,
  loggedAt: Type.String(),
  statement: Statement,
});
export type LoggedStatementView = Static<typeof LoggedStatementView>;

export const StatementList = Type.Object({ statements: Type.Array(LoggedStatementView) });
