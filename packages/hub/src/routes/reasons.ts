import { CallableError, conditionsWithReason, findReason, type ReasonView, reasons } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import { formatReasonPage } from '../http/format-reason-page.ts';
import { prefersHtml } from '../http/prefers-html.ts';
import type { TypedApp } from '../http/typed-app.ts';

const ByCode = Type.Object({ code: Type.String({ maxLength: 60 }) });

export function reasonRoutes(app: TypedApp): void {
  app.get('/reasons', { schema: { summary: 'The vocabulary of conditions and errors' } }, () => ({ reasons }));
  app.get(
    '/reasons/:code',
    { schema: { summary: 'What a reason means, who can do what about it; a page for browsers', params: ByCode } },
    (request, reply) => {
      const view = viewReason(request.params.code);
      void reply.header('vary', 'accept').header('cache-control', 'public, max-age=3600');
      if (!prefersHtml(request.headers.accept)) return reply.send(view);
      return (
        reply
          .type('text/html; charset=utf-8')
          // Nothing on it is anybody's but ours; if that ever changes, nothing of it runs.
          .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
          .header('x-content-type-options', 'nosniff')
          .serializer((page: string) => page)
          .send(formatReasonPage(view))
      );
    },
  );
}

function viewReason(code: string): ReasonView {
  const reason = findReason(code);
  if (!reason) throw new CallableError('RouteNotFound', `There is no reason ${code}.`);
  return { code, ...reason, conditions: conditionsWithReason(code) };
}
