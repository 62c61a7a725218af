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
      const database = await askDatabase(ctx);
      const storage = database === 'ok' ? await checkStorage(ctx).catch(() => 'unknown') : null;
      // A hub that may not sign its log takes statements that nobody will find there.
      const isReady = database === 'ok' && !ctx.tlog.isRefused;
      return reply.status(isReady ? 200 : 503).send({
        status: isReady ? 'ready' : 'not ready',
        checks: { database, log: ctx.tlog.state, ...(storage === null ? {} : { storage }), ...fullDisks(ctx) },
      });
    },
  );
}

/** `ok`, or what is wrong; the watch knows of a database that stands still before this would find out. */
async function askDatabase({ db, outages }: Pick<HubContext, 'db' | 'outages'>): Promise<string> {
  if (outages.database !== 'ok') return outages.database;
  return Promise.race([
    sql`select 1`.execute(db).then(
      () => 'ok',
      () => outages.database.replace(/^ok$/, 'unreachable'),
    ),
    new Promise<string>((resolve) => setTimeout(resolve, 1000, 'slow').unref()),
  ]);
}

/** A hub that takes nothing in is ready all the same: reads and calls go on. */
function fullDisks({ outages }: Pick<HubContext, 'outages'>): { disk?: string } {
  const message = outages.fullMessage('database') ?? outages.fullMessage('log');
  return message === null ? {} : { disk: `full: ${message}` };
}
