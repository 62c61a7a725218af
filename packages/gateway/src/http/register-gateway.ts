import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../context.ts';
import { runRoutes } from '../routes/v1/run.ts';
import { sendProblem } from './send-problem.ts';

/**
 * Adds the routes of a gateway to a server that may have others. Everything is encapsulated: the raw bodies, the
 * size limit and the error documents hold for these routes alone.
 */
export async function registerGateway(app: FastifyInstance, ctx: GatewayContext): Promise<void> {
  await app.register(async (plain) => {
    takeRawBodies(plain, ctx);
    plain.setErrorHandler((error, request, reply) => sendProblem(ctx, error, request, reply));
    runRoutes(plain, ctx);
  });
}

/** Bodies stay bytes whatever their content type says: only the node reads them, and curl -d names a form. */
function takeRawBodies(app: FastifyInstance, ctx: GatewayContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: ctx.config.bodyBytes }, (_request, body, done) =>
    done(null, body),
  );
}
