import { closeWhatFallsIdle, documentRoute, noteArrival } from '@callable/http';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from './context.ts';
import { acceptLinks } from './http/accept-links.ts';
import { answerFailure } from './http/answer-failure.ts';
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
    allowBrowsers(plain, '/v1/run/*');
    plain.setErrorHandler((error, request, reply) => answerFailure(ctx, error, request, reply));
    runRoutes(plain, ctx);
    gatewayRoutes(plain, ctx);
  });
  await app.register(async (oip) => {
    noteArrival(oip, ctx.clock);
    takeRawBodies(oip);
    allowBrowsers(oip, '/v2/*');
    oip.setErrorHandler((error, request, reply) => answerFailure(ctx, error, request, reply, { withError: true }));
    healthRoutes(oip, ctx);
    modelRoutes(oip, ctx);
  });
  const stopLinks = acceptLinks(app.server, ctx);
  // Before the server closes: links never end by themselves, and on a shared one the hub goes with it.
  app.addHook('preClose', async () => {
    stopLinks();
    closeWhatFallsIdle(app.server);
    await ctx.reports.flush();
  });
}

const exposedHeaders =
  'callable-receipt, callable-receipt-salt, deprecation, link, ratelimit, ratelimit-policy, retry-after, server-timing';

/**
 * Bodies stay bytes whatever their content type says: only the node reads them, and curl -d names a form. None is read
 * here: `readCall` first looks at who sends it.
 */
function takeRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
}

/**
 * Pages from anywhere may call: there are no cookies to ride on, a signature is made by the page itself, and a
 * dashboard need not come from the gateway it uses.
 */
function allowBrowsers(app: FastifyInstance, routes: string): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', exposedHeaders);
  });
  app.options(routes, documentRoute({ hide: true }), async (_request, reply) =>
    reply
      .header('access-control-allow-methods', 'GET, POST')
      .header('access-control-allow-headers', '*')
      .header('access-control-max-age', '86400')
      .code(204)
      .send(),
  );
}
