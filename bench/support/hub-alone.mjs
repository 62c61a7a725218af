// A hub alone in its process, on a free port, with its data in the directory given; says its URL as one line of JSON.
import { answerUnknownRoutes, defaultHubConfig, registerHub, serverOptions, startHub } from '@callable/hub';
import { fastify } from 'fastify';
import { pino } from 'pino';

const log = pino({ level: 'warn' }, pino.destination(2));
const hub = await startHub({ ...defaultHubConfig, dataDir: process.argv[2], gateways: [], port: 0 }, { log });
const server = fastify({ ...serverOptions, loggerInstance: log });
answerUnknownRoutes(server);
await registerHub(server, hub.ctx);
await server.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ url: `http://127.0.0.1:${server.server.address().port}` }));
process.once('SIGINT', async () => {
  server.server.closeAllConnections();
  await server.close();
  await hub[Symbol.asyncDispose]();
});
