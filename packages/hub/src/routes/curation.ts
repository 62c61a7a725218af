import { KeyView, LabelList } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import { listLabels, mostLabels } from '../curation/list-labels.ts';
import { viewKey } from '../curation/view-key.ts';
import type { TypedApp } from '../http/typed-app.ts';

const BySubject = Type.Object({ subject: Type.String({ pattern: '^[!-~]{1,120}$' }) });
const ByKey = Type.Object({ key: Type.String({ maxLength: 64 }) });

export function curationRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/v1/labels',
    {
      schema: {
        summary:
          'Who says what about a release, a node, a key or a handle: 100 labels at most, those this hub follows first',
        querystring: BySubject,
        response: { 200: LabelList },
      },
    },
    async (request) => {
      const labels = await listLabels(ctx, request.query.subject, mostLabels + 1);
      return { labels: labels.slice(0, mostLabels), more: labels.length > mostLabels };
    },
  );
  app.get(
    '/v1/keys/:key',
    {
      schema: {
        summary:
          'A key by address or handle: its handles (100 at most), who acts for it, what is said of it (100 labels at most of each name)',
        params: ByKey,
        response: { 200: KeyView },
      },
    },
    (request) => viewKey(ctx, request.params.key),
  );
}
