import { HealthView } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { checkStorage } from '../keeping/check-storage.ts';

export function healthRoutes(app: TypedApp, ctx: HubContext): void {
  app.get('/healthz', { schema: { summary: 'The process answers', response: { 200: HealthView } } }, () => ({
    status: 'ok',
    checks: {},
  }));
  app.get(
    '/readyz',
    { schema: { summary: 'The hub can do its work', response: { 200: HealthView, 503: HealthView } } },
    async (_request, reply) => {
      const database = await Promise.race([
        sql`select 1`.execute(ctx.db).then(
          () => 'ok',
          () => 'unreachable',
        ),
        new Promise<string>((resolve) => setTimeout(resolve, 1000, 'slow').unref()),
      ]);
      const storage = database === 'ok' ? await checkStorage(ctx).catch(() => 'unknown') : null;
      // A hub that may not sign its log takes statements that nobody will find there.
      const isReady = database === 'ok' && !ctx.tlog.isRefused;
      return reply.status(isReady ? 200 : 503).send({
        status: isReady ? 'ready' : 'not ready',
        checks: { database, log: ctx.tlog.state, ...(storage === null ? {} : { storage }) },
      });
    },
  );
}
