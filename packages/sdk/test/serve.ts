import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export type Asked = { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer };

/** A server that answers as the test says; its address, and what it was asked so far. It ends with the test. */
export async function serve(
  answer: (response: ServerResponse, asked: Asked, nth: number) => unknown,
): Promise<{ url: string; host: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const one = { method, path: url, headers, body: await buffer(request) };
    answer(response, one, asked.push(one));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, asked };
}

export const sendJson = (response: ServerResponse, value: unknown, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

/** The same bytes for ever, as fast as they are read. */
export function sendForEver(response: ServerResponse, bytes: Uint8Array): void {
  const go = () => {
    while (!response.destroyed && response.write(bytes));
  };
  response.on('drain', go);
  go();
}

/** Resolves when the client has left this answer. */
export const left = (response: ServerResponse) => once(response, 'close');
