import { CallableError, DigestSchema, LoggedStatementView, Statement } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import { networkOfClient } from '../http/network-of-client.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { receiveStatement } from '../intake/receive-statement.ts';
import { getStatement } from '../statements/list-statements.ts';

const ById = Type.Object({ id: DigestSchema });

export function statementRoutes(app: TypedApp, ctx: HubContext): void {
  app.post(
    '/v1/statements',
    {
      schema: {
        summary: 'Add a statement to the log, if its signer has a say in the matter',
        body: Statement,
        response: { 200: LoggedStatementView },
      },
    },
    (request) => receiveStatement(ctx, request.body, networkOfClient(ctx, request, 'party')),
  );
  app.get(
    '/v1/statements/:id',
    { schema: { summary: 'One statement', params: ById, response: { 200: LoggedStatementView } } },
    async (request) => {
      const statement = await getStatement(ctx, request.params.id);
      if (!statement) throw new CallableError('RouteNotFound', `There is no statement ${request.params.id}.`);
      return statement;
    },
  );
}
