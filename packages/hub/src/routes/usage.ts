import { UsageView } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { viewUsage } from '../usage/view-usage.ts';

const Asked = Type.Object({
  release: Type.String({ maxLength: 300, description: 'publisher/name[@version] or a digest' }),
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 90, description: '7 when absent: today and the days before it, UTC' }),
  ),
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
}
