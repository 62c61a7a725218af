import { request } from 'node:http';
import { Readable } from 'node:stream';

export type SocketAsk = { headers?: Record<string, string>; signal?: AbortSignal };

/** Without one, by HTTP/1.1 there is no request; and it is one of this machine, which every server of ours serves. */
const host = 'localhost';
const bodiless = new Set([204, 205, 304]);

/**
 * GET of a path from a server that listens on a Unix socket or a named pipe, which `fetch` of Node cannot dial. Rejects
 * with what the connection breaks of; whoever gets the response reads its body or cancels it.
 */
export function fetchOverSocket(socketPath: string, path: string, { headers, signal }: SocketAsk): Promise<Response> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath, path, headers: { host, ...headers }, ...(signal ? { signal } : {}) },
      (answer) => {
        const { statusCode: status = 500, rawHeaders } = answer;
        const pairs = rawHeaders.flatMap((name, at): [string, string][] =>
          at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : [],
        );
        const body = bodiless.has(status) ? null : (Readable.toWeb(answer) as ReadableStream);
        if (body === null) answer.resume();
        resolve(new Response(body, { status, headers: pairs }));
      },
    );
    asked.once('error', reject).end();
  });
}
