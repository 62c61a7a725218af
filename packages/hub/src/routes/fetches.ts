import { requestSignal } from '@callable/http';
import { FetchAnswer, FetchRequest } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { leaseChunks } from '../fetches/lease-chunks.ts';
import { requireSigner } from '../http/require-signer.ts';
import type { TypedApp } from '../http/typed-app.ts';

export function fetchRoutes(app: TypedApp, ctx: HubContext): void {
  app.post(
    '/v1/fetches/lease',
    {
      schema: {
        summary: 'Which chunks of a file to take from here and which from other nodes; signed by a node that joined',
        body: FetchRequest,
        response: { 200: FetchAnswer },
      },
    },
    async (request, reply) => leaseChunks(ctx, await requireSigner(ctx, request), request.body, requestSignal(reply)),
  );
}
