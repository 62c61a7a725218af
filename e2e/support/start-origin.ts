import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  answerUnknownRoutes,
  defaultHubConfig,
  type HubContext,
  registerHub,
  serverOptions,
  startHub,
} from '@callable/hub';
import { type FastifyBaseLogger, type FastifyRequest, fastify } from 'fastify';
import { pino } from 'pino';

export type Origin = AsyncDisposable & { url: string; port: number; ctx: HubContext };

/** What the hubs of one test sent as files, over their restarts. */
export type Egress = {
  bytes: number;
  /** Requests for files that are still answered; later ones wait until more are. */
  left: number;
  /** Resolves when a request for a file waits. */
  waits: () => void;
};

/** A hub without a gateway whose file route is counted and can be held up. It draws a node of every network, and names no seed. */
export async function startOrigin(dataDir: string, egress: Egress, port = 0): Promise<Origin> {
  const log = pino({ level: process.env.HUB_LOG ?? 'silent' });
  const policy = { ...defaultHubConfig.policy, seeds: [], validators: { draw: 9, quorum: 1, revealSeconds: 10 } };
  const hub = await startHub({ ...defaultHubConfig, policy, dataDir, gateways: [], trustedProxies: 1 }, { log });
  const server = fastify({ ...serverOptions, loggerInstance: log as FastifyBaseLogger, forceCloseConnections: true });
  answerUnknownRoutes(server);
  let closed = false;
  /** What others fetch; the hub itself reads over this route when it audits. */
  const isFetch = (request: FastifyRequest) =>
    request.url.startsWith('/v1/files/') && !request.headers['user-agent']?.startsWith('callable-hub');
  server.addHook('onRequest', async (request) => {
    if (!isFetch(request)) return;
    for (let isTold = false; egress.left <= 0 && !closed; isTold = true) {
      if (!isTold) egress.waits();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    egress.left--;
  });
  server.addHook('onSend', async (request, _reply, payload) => {
    if (isFetch(request) && payload instanceof Readable)
      payload.on('data', (piece: Uint8Array) => {
        egress.bytes += piece.length;
      });
    return payload;
  });
  await registerHub(server, hub.ctx);
  await server.listen({ host: '127.0.0.1', port });
  const actual = (server.server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${actual}`,
    port: actual,
    ctx: hub.ctx,
    async [Symbol.asyncDispose]() {
      closed = true;
      await server.close();
      await hub[Symbol.asyncDispose]();
    },
  };
}
