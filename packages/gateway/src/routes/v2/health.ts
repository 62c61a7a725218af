import { CallableError } from '@callable/protocol';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../../context.ts';

/** GET /v2, /v2/health/live, /v2/health/ready. */
export function healthRoutes(app: FastifyInstance, ctx: GatewayContext): void {
  app.get('/v2', async () => ({ name: 'callable', version: '0.1.0', extensions: [] }));
  app.get('/v2/health/live', async () => ({ live: true }));
  app.get('/v2/health/ready', async () => {
    if (ctx.closing.aborted) throw new CallableError('NotReady');
    return { ready: true };
  });
}
