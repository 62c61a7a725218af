import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toldHeadHeader } from '@callable/protocol';
import type { Witness, WitnessAnswer } from './open-witness.ts';

/** More than any checkpoint with its proof has. */
const largestBody = 64 * 1024;

/** Serves `POST /add-checkpoint`; whoever calls this disposes it. Port 0 takes a free one. */
export async function serveWitness(
  witness: Witness,
  { host, port, onError }: { host: string; port: number; onError: (error: unknown) => void },
): Promise<AsyncDisposable & { url: string }> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    answer(witness, request)
      .catch((error: unknown): WitnessAnswer => {
        onError(error);
        return { status: 500, type: 'text/plain; charset=utf-8', body: 'The witness failed.\n' };
      })
      .then(({ status, type, body, told }) =>
        response.writeHead(status, { 'content-type': type, ...(told ? { [toldHeadHeader]: told } : {}) }).end(body),
      );
  });
  server.listen(port, host);
  await once(server, 'listening');
  const actual = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(witness: Witness, request: IncomingMessage): Promise<WitnessAnswer> {
  if (request.url !== '/add-checkpoint' || request.method !== 'POST')
    return { status: 404, type: 'text/plain; charset=utf-8', body: 'A witness answers POST /add-checkpoint.\n' };
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > largestBody)
      return { status: 413, type: 'text/plain; charset=utf-8', body: 'The request is too long.\n' };
    parts.push(part);
  }
  return witness.addCheckpoint(Buffer.concat(parts).toString('utf8'));
}
