import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { CallableError } from '@callable/protocol';
import type { FastifyInstance } from 'fastify';
import { requestAt } from './plain-posts/request-at.ts';
import { sendProblem } from './send-problem.ts';

const lookAgainMs = 50;
const bounds = {
  /** What has not arrived by then is given up: an upload goes on after the next start, and nothing was begun. */
  arriveMs: 2_000,
  /** As long as a node takes to finish its calls. */
  answerMs: 10_000,
};

/** For Fastify: it would refuse with a document of its own, which clients take for that of a proxy. */
export const refusesOnClose = { return503OnClosing: false } as const;

/**
 * Bounds how long a server takes to close, whoever holds it open. It refuses what begins anew, gives what still arrives 2 s
 * and what is being answered 10 s, and cuts the rest. To be called before the first route is added; the server needs
 * `refusesOnClose`.
 *
 * attack: Node watches no times once a server closes. A sender who trickled, a reader who stalled or a connection on which
 * nothing was ever sent held a hub open after SIGTERM for as long as they liked.
 */
export function endInTime(app: FastifyInstance, { arriveMs, answerMs } = bounds): void {
  const { server } = app;
  /** Each connection with the request that it is at, if any. */
  const open = new Map<Socket, IncomingMessage | null>();
  let closingSince: number | null = null;

  // One that was given back after an upgrade comes twice; one that is older than this is known by its next request.
  const know = (socket: Socket) => {
    if (open.has(socket) || socket.destroyed) return;
    open.set(socket, null);
    socket.once('close', () => open.delete(socket));
  };
  server.on('connection', know);
  server.prependListener('request', (request: IncomingMessage, response) => {
    const { socket } = request;
    know(socket);
    if (open.has(socket)) open.set(socket, request);
    response.once('close', () => {
      if (open.get(socket) === request) open.set(socket, null);
    });
  });

  app.addHook('onRequest', async (request, reply) => {
    if (closingSince === null) return;
    // Closed at once, it would be reset under a sender in the midst of a body, who would not read why.
    reply.raw.removeHeader('connection');
    const stopping = new CallableError('NotReady', 'This server is stopping.', { details: { retryAfterSeconds: 1 } });
    return sendProblem(stopping, request, reply);
  });
  app.addHook('preClose', async () => {
    closingSince = performance.now();
    const looking = setInterval(look, lookAgainMs);
    server.once('close', () => clearInterval(looking));
  });

  function look(): void {
    // One whose last answer was on its way falls idle later: its client would keep it, 71 s measured.
    server.closeIdleConnections();
    const waitedMs = performance.now() - (closingSince ?? 0);
    for (const [socket, taken] of open) {
      const request = taken ?? requestAt(server, socket);
      // Nothing was ever sent on it: clients dial before they need to.
      const isUnused = socket.bytesRead === 0;
      if (isUnused || (waitedMs >= arriveMs && !request?.complete)) socket.destroy();
    }
    if (waitedMs >= answerMs) server.closeAllConnections();
  }
}
