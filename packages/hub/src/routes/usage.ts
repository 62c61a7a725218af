import { UsageView, WantedList } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { listWanted } from '../usage/list-wanted.ts';
import { viewUsage } from '../usage/view-usage.ts';

const Asked = Type.Object({
  release: Type.String({ maxLength: 300, description: 'publisher/name[@version] or a digest' }),
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 90, description: '7 when absent: today and the days before it, UTC' }),
  ),
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
        summary: 'How much a release is used: claimed, evidenced and trusted, relied on, and what was excluded and why',
        querystring: Asked,
        response: { 200: UsageView },
      },
    },
    ({ query: { release, days = 7 } }) => viewUsage(ctx, { release, days }),
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
