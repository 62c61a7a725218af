import { CallableError } from '@callable/protocol';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../../context.ts';
import { version } from '../../version.ts';
import { liveDocument, readyDocument, serverDocument } from './health-documents.ts';

/** GET /v2, /v2/health/live, /v2/health/ready. */
export function healthRoutes(app: FastifyInstance, ctx: GatewayContext): void {
  app.get('/v2', serverDocument, async () => ({ name: 'callable', version, extensions: [] }));
  app.get('/v2/health/live', liveDocument, async () => ({ live: true }));
  app.get('/v2/health/ready', readyDocument, async () => {
    if (ctx.closing.aborted) throw new CallableError('NotReady');
    await ctx.hubNotice();
    return { ready: true };
  });
}
