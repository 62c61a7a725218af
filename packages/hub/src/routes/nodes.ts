import { NodeList } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import { labelNodes } from '../curation/label-nodes.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { listNodes } from '../nodes/list-nodes.ts';

export function nodeRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/v1/nodes',
    {
      schema: {
        summary: 'Nodes that joined, with their standing, the latest seen first; all or only those caught lying or not',
        querystring: Type.Object({ convicted: Type.Optional(Type.Boolean()) }),
        response: { 200: NodeList },
      },
    },
    async (request) => ({ nodes: await labelNodes(ctx, await listNodes(ctx, request.query)) }),
  );
}
