import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { endWithin } from '@callable/protocol';
import type { HeldChunk } from '../cache/held-chunk.ts';

export type ChunkServerOptions = {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** One chunk of a file by its sha256, or null when it is not here, verified. */
  findChunk: (sha256: string, index: number) => Promise<HeldChunk | null>;
  /** Another file that strangers may have, by its path on this server, or null. */
  findFile?: (path: string) => Promise<Uint8Array | null>;
  clock: () => number;
  log: { error(details: object, message: string): void };
  /** Chunks sent at the same time. */
  most?: number;
  /** Over a few seconds, all chunks together. */
  bytesPerSecond?: number;
  /** A reader that has not taken its chunk after this long is cut off, milliseconds. */
  sendMs?: number;
};

export type ChunkServer = AsyncDisposable & { port: number };

const route = /^\/v1\/chunks\/([0-9a-f]{64})\/(0|[1-9]\d{0,5})$/;
/** Connections of strangers held open; each costs a socket. */
const mostConnections = 128;
/** How far ahead of its rate the server may be, seconds. */
const burstSeconds = 2;

/**
 * Lets other nodes have what this one holds: `GET /v1/chunks/{sha256 of the file}/{index}`, only bytes that were verified
 * here, and the few other files it is told of. Anybody may ask, so what they can take at once, and over time, is bounded.
 */
export async function serveChunks(options: ChunkServerOptions): Promise<ChunkServer> {
  const { most = 16, bytesPerSecond = 250e6, sendMs = 30_000, clock, log } = options;
  const budget = createBudget(bytesPerSecond, clock);
  let sending = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, sha256 = '', index = ''] = route.exec(request.url ?? '') ?? [];
    if (request.method !== 'GET' || (sha256 === '' && !options.findFile)) return refuse(response, 404);
    if (sending >= most || !budget.isLeft()) return refuse(response, 503);
    sending++;
    try {
      const chunk =
        sha256 === ''
          ? heldFile(await options.findFile?.(request.url ?? ''))
          : await options.findChunk(sha256, Number(index));
      if (!chunk) return refuse(response, 404);
      budget.spend(chunk.length);
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': chunk.length,
        'x-content-type-options': 'nosniff',
      });
      await pipeline(chunk.open(), response, { signal: endWithin(sendMs) });
    } finally {
      sending--;
    }
  }

  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 4096 });
  server.maxConnections = mostConnections;
  server.keepAliveTimeout = 5_000;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // No request has a body; one that comes is not read, and the connection ends with the answer.
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
      return refuse(response, 400);
    answer(request, response).catch((error: unknown) => {
      // Readers go away and are cut off all the time; what the disk does wrong is worth a line.
      if (!response.headersSent) log.error({ err: error }, 'a chunk could not be read');
      if (response.headersSent) response.destroy();
      else refuse(response, 500);
    });
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const heldFile = (bytes: Uint8Array | null | undefined): HeldChunk | null =>
  bytes ? { length: bytes.length, open: () => Readable.from([bytes]) } : null;

function refuse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.setHeader('content-length', 0);
  response.setHeader('connection', 'close');
  if (status === 503) response.setHeader('retry-after', 1);
  response.end();
}

/** A rate over time: what is spent comes back at `perSecond`, up to a few seconds' worth. */
function createBudget(perSecond: number, clock: () => number) {
  const most = perSecond * burstSeconds;
  let left = most;
  let at = clock();
  return {
    isLeft() {
      const now = clock();
      left = Math.min(most, left + (Math.max(0, now - at) / 1000) * perSecond);
      at = now;
      return left > 0;
    },
    spend(bytes: number) {
      left -= bytes;
    },
  };
}
