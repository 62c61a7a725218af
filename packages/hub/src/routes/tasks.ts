import { requestSignal } from '@callable/http';
import { CommitAnswer, CommitRequest, LeaseAnswer, LeaseRequest, Task, TaskResult } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import { networkOfClient } from '../http/network-of-client.ts';
import { requireSigner } from '../http/require-signer.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { commitTask } from '../tasks/commit-task.ts';
import { completeTask } from '../tasks/complete-task.ts';
import { extendTask } from '../tasks/extend-task.ts';
import { leaseTask } from '../tasks/lease-task.ts';

const ById = Type.Object({ id: Type.String({ maxLength: 60 }) });
const Token = Type.Object({ token: Type.String({ maxLength: 60 }) });

export function taskRoutes(app: TypedApp, ctx: HubContext): void {
  app.post(
    '/v1/tasks/lease',
    {
      schema: {
        summary: 'Ask for work; signed by a node that joined',
        body: LeaseRequest,
        response: { 200: LeaseAnswer },
      },
    },
    async (request, reply) => ({
      task: await leaseTask(ctx, await requireSigner(ctx, request), request.body, {
        from: { network: networkOfClient(ctx, request, 'party'), sender: networkOfClient(ctx, request, 'sender') },
        signal: requestSignal(reply),
      }),
    }),
  );
  app.post(
    '/v1/tasks/:id/extend',
    {
      schema: { summary: 'Hold the lease of a long task; signed', params: ById, body: Token, response: { 200: Task } },
    },
    async (request) => extendTask(ctx, await requireSigner(ctx, request), request.params.id, request.body.token),
  );
  app.post(
    '/v1/tasks/:id/commit',
    {
      schema: {
        summary: 'Commit to the result of a sealed task, and learn when it may be handed in; signed',
        params: ById,
        body: CommitRequest,
        response: { 200: CommitAnswer },
      },
    },
    async (request, reply) =>
      commitTask(ctx, await requireSigner(ctx, request), request.params.id, request.body, requestSignal(reply)),
  );
  app.post(
    '/v1/tasks/:id/complete',
    { schema: { summary: 'Hand in a result; signed', params: ById, body: TaskResult } },
    async (request, reply) => {
      await completeTask(ctx, await requireSigner(ctx, request), request.params.id, request.body);
      return reply.status(204).send();
    },
  );
}
