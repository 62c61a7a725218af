import { describeRequest, endInTime, takeUpgrades, tellIfClosed } from '@callable/http';
import { type FastifyBaseLogger, fastify } from 'fastify';
import { registerHub } from './app.ts';
import { readConfig } from './config/read-config.ts';
import { answerUnknownRoutes } from './http/answer-problems.ts';
import { serverOptions } from './http/server-options.ts';
import { startHub } from './start-hub.ts';

/** A hub alone in its process; SIGTERM and SIGINT end it after the requests under way. */
const config = readConfig(process.env);
const hub = await startHub(config);
const log = hub.ctx.log.child({}, { serializers: { req: describeRequest(config.trustedProxies) } });
const server = fastify({
  ...serverOptions,
  loggerInstance: log as FastifyBaseLogger,
  forceCloseConnections: 'idle',
});
takeUpgrades(server.server);
endInTime(server);
answerUnknownRoutes(server);
await registerHub(server, hub.ctx);
tellIfClosed(config, 'CALLABLE_HUB_PUBLIC_URLS', log);
await server.listen({ host: config.host, port: config.port });

let stopping = false;
const stop = async () => {
  if (stopping) return;
  stopping = true;
  await server.close();
  await hub[Symbol.asyncDispose]();
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
if (process.env['CALLABLE_END_WITH_STDIN'] === '1') process.stdin.resume().once('close', stop).unref?.();
