import { NodeList } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { labelNodes } from '../curation/label-nodes.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { listNodes } from '../nodes/list-nodes.ts';

export function nodeRoutes(app: TypedApp, ctx: HubContext): void {
  app.get('/v1/nodes', { schema: { summary: 'Every node that joined', response: { 200: NodeList } } }, async () => ({
    nodes: await labelNodes(ctx, await listNodes(ctx)),
  }));
}
