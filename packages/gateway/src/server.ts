import { randomUUID } from 'node:crypto';
import { endInTime, guardOrigins, refusesOnClose, serveApiDocument } from '@callable/http';
import { CallableError } from '@callable/protocol';
import { fastify } from 'fastify';
import { registerGateway } from './app.ts';
import type { GatewayConfig } from './config.ts';
import { createGatewayContext, type GatewayContext } from './context.ts';
import { answerFailure } from './http/answer-failure.ts';
import { version } from './version.ts';

export type RunningGateway = { url: string; ctx: GatewayContext; [Symbol.asyncDispose](): Promise<void> };

/** A gateway of its own, listening. Disposing it finishes what is under way and sends the last reports. */
export async function startGateway(
  config: Partial<GatewayConfig> = {},
  overrides: Parameters<typeof createGatewayContext>[1] = {},
): Promise<RunningGateway> {
  const ctx = createGatewayContext(config, overrides);
  const app = fastify({
    ...refusesOnClose,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 400 },
    frameworkErrors: (error, request, reply) => void answerFailure(ctx, error, request, reply),
  });
  app.setErrorHandler((error, request, reply) => answerFailure(ctx, error, request, reply));
  app.setNotFoundHandler((request, reply) => answerFailure(ctx, new CallableError('RouteNotFound'), request, reply));
  endInTime(app);
  guardOrigins(app, ctx.config.publicUrls);
  await serveApiDocument(app, version);
  await registerGateway(app, ctx);
  const url = await app.listen({ host: ctx.config.host, port: ctx.config.port });
  return {
    url,
    ctx,
    async [Symbol.asyncDispose]() {
      await app.close();
      await ctx.close();
    },
  };
}
