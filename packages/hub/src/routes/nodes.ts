import {
  Bytes32Schema,
  GapList,
  HoldingList,
  HoldingsAnswer,
  HoldingsReport,
  NodeList,
  NodeStandingList,
} from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import { labelNodes } from '../curation/label-nodes.ts';
import { networkOfClient } from '../http/network-of-client.ts';
import { requireSigner } from '../http/require-signer.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { listGaps } from '../nodes/list-gaps.ts';
import { listHoldings } from '../nodes/list-holdings.ts';
import { listNodes } from '../nodes/list-nodes.ts';
import { createStandingsBoard } from '../nodes/standings-board.ts';
import { takeHoldings } from '../nodes/take-holdings.ts';

const Page = Type.Object({
  convicted: Type.Optional(Type.Boolean()),
  after: Type.Optional(Type.String({ maxLength: 80 })),
});

export function nodeRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/v1/nodes',
    {
      schema: {
        summary:
          'Nodes that joined, with their standing, the latest seen first, 1000 a page: `after` is the `next` of the page before; all or only those caught lying or not',
        querystring: Page,
        response: { 200: NodeList },
      },
    },
    async (request) => {
      const { nodes, next } = await listNodes(ctx, request.query);
      return { nodes: await labelNodes(ctx, nodes), next };
    },
  );
  const standings = createStandingsBoard(ctx);
  app.get(
    '/v1/nodes/standings',
    {
      schema: {
        summary:
          'How the nodes stand that were seen lately, for gateways to route by, a few seconds old, 1000 a page: `after` is the `next` of the page before',
        querystring: Type.Object({ after: Type.Optional(Type.String({ maxLength: 80 })) }),
        response: { 200: NodeStandingList },
      },
    },
    (request) => standings.page(request.query.after),
  );
  app.post(
    '/v1/nodes/holdings',
    {
      schema: {
        summary: 'A node tells a page of what it holds, 1000 releases at most; signed by a node that joined',
        body: HoldingsReport,
        response: { 200: HoldingsAnswer },
      },
    },
    async (request) =>
      takeHoldings(ctx, await requireSigner(ctx, request), request.body, networkOfClient(ctx, request, 'party')),
  );
  app.get(
    '/v1/nodes/:node/holdings',
    {
      schema: {
        summary:
          'What a node holds, in the order of the digests, 1000 a page: `after` is the `next` of the page before',
        params: Type.Object({ node: Type.String({ maxLength: 60 }) }),
        querystring: Type.Object({ after: Type.Optional(Type.String({ maxLength: 80 })) }),
        response: { 200: HoldingList },
      },
    },
    (request) => listHoldings(ctx, request.params.node, request.query),
  );
  app.get(
    '/v1/nodes/:node/gaps',
    {
      schema: {
        summary:
          'Where receipts of a node are missing or its headers are no chain, by session and number, 1000 a page: `after` is the `next` of the page before; of one session where it is named',
        params: Type.Object({ node: Type.String({ maxLength: 60 }) }),
        querystring: Type.Object({
          session: Type.Optional(Bytes32Schema),
          after: Type.Optional(Type.String({ maxLength: 120 })),
        }),
        response: { 200: GapList },
      },
    },
    (request) => listGaps(ctx, request.params.node, request.query),
  );
}
