import { WebhookCreated, WebhookList, WebhookRequest } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import { networkOfClient } from '../http/network-of-client.ts';
import { requireSigner } from '../http/require-signer.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { createWebhook } from '../webhooks/create-webhook.ts';
import { listWebhooks } from '../webhooks/list-webhooks.ts';
import { removeWebhook } from '../webhooks/remove-webhook.ts';

const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{32}$' }) });

export function webhookRoutes(app: TypedApp, ctx: HubContext): void {
  app.post(
    '/v1/webhooks',
    {
      schema: {
        summary: 'Be told what becomes of a release or of all of a publisher (Standard Webhooks); signed, ten a key',
        body: WebhookRequest,
        response: { 201: WebhookCreated },
      },
    },
    async (request, reply) => {
      const owner = await requireSigner(ctx, request);
      const created = await createWebhook(ctx, owner, request.body, networkOfClient(ctx, request, 'party'));
      return reply.status(201).header('cache-control', 'no-store').send(created);
    },
  );
  app.get(
    '/v1/webhooks',
    {
      schema: {
        summary: 'The webhooks of the key that asks, with their last result; signed',
        response: { 200: WebhookList },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return { webhooks: await listWebhooks(ctx, await requireSigner(ctx, request)) };
    },
  );
  app.delete(
    '/v1/webhooks/:id',
    { schema: { summary: 'End a webhook; signed by its key', params: ById } },
    async (request, reply) => {
      await removeWebhook(ctx, await requireSigner(ctx, request), request.params.id);
      return reply.status(204).send();
    },
  );
}
