import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CallableError, problemContentType, problemOf } from '@callable/protocol';

export type FrontDoor = AsyncDisposable & {
  url: string;
  /** For Fastify: hands over the requests once the door is open. */
  serve: (handler: RequestListener) => Server;
  open: () => void;
  /** Takes no more, and resolves when the last connection has ended. Disposing it ends them. */
  close: () => Promise<void>;
};

/**
 * How long an idle connection is kept, milliseconds. Node's own five seconds are so short that clients which compute
 * between two requests often send the second one into a connection that is being closed.
 */
const idleMs = 72_000;

/** Listens at once and asks early callers to wait, so that the address is known before anything else is started. */
export async function openFrontDoor(host: string, port: number): Promise<FrontDoor> {
  let handle: RequestListener | null = null;
  let isOpen = false;
  const server = createServer({ keepAliveTimeout: idleMs }, (request, response) => {
    if (isOpen && handle) handle(request, response);
    else
      response
        .writeHead(503, { 'content-type': problemContentType, 'retry-after': '1' })
        .end(JSON.stringify(problemOf(new CallableError('NotReady'), 'starting')));
  });
  server.listen(port, host);
  await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new CallableError(
      'RequestInvalid',
      `Port ${port} of ${host} is in use; stop what uses it or choose another one with --port (0 picks a free one).`,
      { cause },
    );
  });
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    await closed;
  };
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    serve: (handler) => {
      handle = handler;
      return server;
    },
    open: () => {
      isOpen = true;
    },
    close,
    async [Symbol.asyncDispose]() {
      const closed = close();
      server.closeAllConnections();
      await closed;
    },
  };
}
