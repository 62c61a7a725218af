import { once } from 'node:events';
import { createServer, type ServerOptions } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import type { PlainAnswer } from '../../src/answers/plain-answer.ts';
import { readBody } from '../../src/bodies/read-body.ts';
import type { AnswerPost, PlainPost } from '../../src/plain-posts/plain-post.ts';
import { takePlainPosts } from '../../src/plain-posts/take-plain-posts.ts';

/** A server that reads the plain posts to /hot itself, and by node:http all others, which it answers with 204. */
export async function servePlainPosts(answer: AnswerPost = echo, options: ServerOptions = {}) {
  /** Addresses that node:http has read. */
  const library: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer(options, (request, response) => {
    library.push(request.url ?? '');
    request.resume().once('end', () => response.writeHead(204).end());
  });
  let lookOnce = () => {};
  // A second at the server is when the test says so.
  const timers = vi.spyOn(globalThis, 'setInterval').mockImplementationOnce((work) => {
    lookOnce = work;
    return setTimeout(() => {}, 0) as unknown as NodeJS.Timeout;
  });
  const stop = takePlainPosts(server, ({ target }) => (target.startsWith('/hot') ? answer : null));
  timers.mockRestore();
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    server,
    library,
    stop,
    /** Lets so many seconds pass for the looks that the reader has at its connections. */
    look(seconds: number) {
      for (let second = 0; second < seconds; second++) lookOnce();
    },
    /** The server's ends of its connections, in the order in which they came. */
    sockets,
    openCount: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    async dial(said: string | Buffer = '') {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
      let heard = '';
      socket.setEncoding('latin1').on('data', (piece) => {
        heard += piece;
      });
      await once(socket, 'connect');
      if (said.length > 0) socket.write(said);
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      return { socket, closed, heard: () => heard };
    },
  };
}

/** A plain post to an address; a length that is not that of its body may be said. */
export const post = (body: string, { target = '/hot', length = body.length, headers = '' } = {}): string =>
  `POST ${target} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${length}\r\n\r\n${body}`;

export const said = (text: string, status = 200): PlainAnswer => ({ status, headers: [], body: Buffer.from(text) });

/** Answers with the body that it was sent, or 408 where that stays silent for so long. */
export const echoWithin =
  (idleMs: number): AnswerPost =>
  async ({ body }) => {
    try {
      return said((await bytesOf(body, idleMs)).toString());
    } catch (error) {
      return said((error as Error).message, 408);
    }
  };

/** Longer than a busy machine pauses. */
const patientMs = 30_000;

export const echo = echoWithin(patientMs);

export const bytesOf = async (body: PlainPost['body'], idleMs = patientMs): Promise<Buffer> =>
  body instanceof Uint8Array
    ? body
    : readBody(body, {
        ...{ reserve: () => null, idleMs, longestMs: 60_000, dropBytes: 2 ** 20 },
        silence: () => new Error('silent'),
        left: () => new Error('left'),
      });
