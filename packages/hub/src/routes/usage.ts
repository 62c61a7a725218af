import { RankingOrder, RankingView, UsageView, WantedList } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { listWanted } from '../usage/list-wanted.ts';
import { viewRanking } from '../usage/view-ranking.ts';
import { viewUsage } from '../usage/view-usage.ts';

const Asked = Type.Object({
  release: Type.Optional(Type.String({ maxLength: 300, description: 'publisher/name[@version] or a digest' })),
  publisher: Type.Optional(Type.String({ maxLength: 100, description: 'a handle or an address' })),
  node: Type.Optional(Type.String({ maxLength: 42, description: 'an address' })),
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 90, description: '7 when absent: today and the days before it, UTC' }),
  ),
});

const Ranking = Type.Object({
  kind: Type.Optional(RankingView.properties.kind),
  by: Type.Optional(RankingOrder),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
});

const Wanted = Type.Object({
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 90 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
});

export function usageRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/v1/usage',
    {
      schema: {
        summary:
          'How much a release, a publisher, a node or (of none of them) the network is used: claimed, evidenced and trusted, relied on, and what was excluded and why',
        querystring: Asked,
        response: { 200: UsageView },
      },
    },
    ({ query: { days = 7, ...asked } }) => viewUsage(ctx, { ...asked, days }),
  );
  app.get(
    '/v1/rankings',
    {
      schema: {
        summary:
          'The first places by independent use in seven days, by its rise or by success; never by what was uploaded',
        querystring: Ranking,
        response: { 200: RankingView },
      },
    },
    ({ query: { kind = 'release', by = 'use', limit = 20 } }) => viewRanking(ctx, { kind, by, limit }),
  );
  app.get(
    '/v1/wanted',
    {
      schema: {
        summary: 'What was asked for and nothing could answer, the most wanted first: work for operators',
        querystring: Wanted,
        response: { 200: WantedList },
      },
    },
    ({ query: { days = 7, limit = 50 } }) => listWanted(ctx, { days, limit }),
  );
}
