import { noteArrival } from '@callable/http';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from './context.ts';
import { acceptLinks } from './http/accept-links.ts';
import { answerFailure } from './http/answer-failure.ts';
import { takeHotCalls } from './routes/hot/take-hot-calls.ts';
import { gatewayRoutes } from './routes/v1/gateway.ts';
import { runRoutes } from './routes/v1/run.ts';
import { healthRoutes } from './routes/v2/health.ts';
import { modelRoutes } from './routes/v2/models.ts';

/**
 * Adds the routes of a gateway to a server that may have others. Everything is encapsulated: the raw bodies, the
 * size limit and the error documents hold for these routes alone.
 */
export async function registerGateway(app: FastifyInstance, ctx: GatewayContext): Promise<void> {
  await app.register(async (plain) => {
    noteArrival(plain, ctx.clock);
    takeRawBodies(plain);
    plain.setErrorHandler((error, request, reply) => answerFailure(ctx, error, request, reply));
    runRoutes(plain, ctx);
    gatewayRoutes(plain, ctx);
  });
  await app.register(async (oip) => {
    noteArrival(oip, ctx.clock);
    takeRawBodies(oip);
    oip.setErrorHandler((error, request, reply) => answerFailure(ctx, error, request, reply, { withError: true }));
    healthRoutes(oip, ctx);
    modelRoutes(oip, ctx);
  });
  const stopLinks = acceptLinks(app.server, ctx);
  let takeNoMore = () => {};
  // Once every route is there, and no call before.
  app.addHook('onReady', async () => {
    takeNoMore = takeHotCalls(app, ctx);
  });
  // Before the server closes: links never end by themselves, and on a shared one the hub goes with it.
  app.addHook('preClose', async () => {
    takeNoMore();
    stopLinks();
    await ctx.reports.flush();
  });
}

/**
 * Bodies stay bytes whatever their content type says: only the node reads them, and curl -d names a form. None is read
 * here: `readCall` first looks at who sends it.
 */
function takeRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
}
