import { setMaxListeners } from 'node:events';
import type { FastifyInstance, FastifyReply } from 'fastify';

const closing = new WeakMap<object, AbortController>();

/** Lets a server that is closing end what waits for news: such requests would otherwise hold it open for ever. */
export function endWaitsOnClose(app: FastifyInstance): void {
  const controller = new AbortController();
  // One for every request that is held open: any number of nodes wait for work.
  setMaxListeners(0, controller.signal);
  closing.set(app.server, controller);
  app.addHook('preClose', async () => controller.abort());
}

/** Aborts when the client goes away before it has its answer, and when the server closes. */
export function requestSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const end = () => controller.abort();
  const server = closing.get(reply.server.server)?.signal;
  server?.addEventListener('abort', end, { once: true });
  // Of the response, not of the socket: that serves many requests, and listeners on it would pile up.
  reply.raw.once('close', () => {
    server?.removeEventListener('abort', end);
    end();
  });
  if (reply.raw.destroyed || server?.aborted) end();
  return controller.signal;
}
