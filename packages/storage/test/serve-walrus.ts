import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { blobMismatch } from '../src/storage-error.ts';
import { computeBlobIds } from '../src/walrus/encoding/compute-blob-ids.ts';
import type { WalrusBlobId } from '../src/walrus/encoding/walrus-blob-id.ts';
import type { WalrusSettings } from '../src/walrus/settings/walrus-settings.ts';

export type Identify = NonNullable<WalrusSettings['identify']>;

/** As in small testbeds: the same computation as on the public networks at a fraction of its cost. */
export const encode: Identify = (source, size, options) => computeBlobIds(source, size, { ...options, shards: 25 });

/** The shape of the genuine names, from a hash: what a store does with names does not depend on the code. */
export const hash: Identify = async (source, size, { partBytes, signal }) => {
  const pieces: Uint8Array[] = [];
  let read = 0;
  for await (const piece of source) {
    signal?.throwIfAborted();
    read += piece.length;
    if (read > size) throw blobMismatch(`More than the ${size} bytes announced were read.`);
    pieces.push(piece);
  }
  if (read !== size) throw blobMismatch(`${read} bytes were read, ${size} were announced.`);
  const all = Buffer.concat(pieces);
  const parts = Array.from({ length: Math.max(1, Math.ceil(size / partBytes)) }, (_, at) =>
    all.subarray(at * partBytes, (at + 1) * partBytes),
  );
  return parts.map((part) => ({
    blobId: createHash('sha256').update(part).digest('base64url') as WalrusBlobId,
    size: part.length,
  }));
};

export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void | Promise<void>;

export type WalrusPeer = AsyncDisposable & {
  url: string;
  /** What the next requests get instead of the usual answer, first to last. */
  instead: Answer[];
  /** So many of the next requests are cut off when their first bytes have come. */
  breakOff: number;
  /** `PUT /v1/blobs?…` and so on, in the order they came. */
  seen: string[];
  authorizations: (string | undefined)[];
};

/** The blobs of a pretended network, which any number of peers give out. */
export type Network = { blobs: Map<string, Buffer>; ends: Map<string, number>; epoch: number; identify: Identify };

export const createNetwork = (identify: Identify = hash): Network => ({
  blobs: new Map(),
  ends: new Map(),
  epoch: 10,
  identify,
});

/** A publisher and aggregator that behaves, except where a test says otherwise. */
export async function serveWalrus(network: Network): Promise<WalrusPeer> {
  const peer: WalrusPeer = {
    url: '',
    instead: [],
    breakOff: 0,
    seen: [],
    authorizations: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer(async (request, response) => {
    peer.seen.push(`${request.method} ${request.url}`);
    peer.authorizations.push(request.headers.authorization);
    const pieces: Buffer[] = [];
    if (peer.breakOff > 0) {
      peer.breakOff--;
      request.once('data', () => request.destroy());
      return;
    }
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const answer = peer.instead.shift() ?? (request.method === 'PUT' ? store(network) : give(network));
    await answer(request, response, body);
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  peer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return peer;
}

export const store =
  (network: Network): Answer =>
  async (request, response, body) => {
    const [part] = await network.identify(
      (async function* () {
        yield body;
      })(),
      body.length,
      { partBytes: 2 ** 30 },
    );
    const blobId = part?.blobId ?? '';
    const epochs = Number(new URL(request.url ?? '', 'http://any').searchParams.get('epochs') ?? 1);
    const endEpoch = network.epoch + epochs;
    const known = network.blobs.has(blobId) && (network.ends.get(blobId) ?? 0) >= endEpoch;
    if (!known) network.ends.set(blobId, endEpoch);
    network.blobs.set(blobId, body);
    const certified = { blobId, endEpoch: network.ends.get(blobId), event: { txDigest: 'x', eventSeq: '0' } };
    const created = { blobObject: { blobId, certifiedEpoch: network.epoch, storage: { endEpoch } } };
    response.end(JSON.stringify(known ? { alreadyCertified: certified } : { newlyCreated: created }));
  };

export const give =
  (network: Network, change: (bytes: Buffer) => Buffer = (bytes) => bytes): Answer =>
  (request, response) => {
    const blobId = /^\/v1\/blobs\/([\w-]+)/.exec(request.url ?? '')?.[1] ?? '';
    const blob = network.blobs.get(blobId);
    if (!blob) return void response.writeHead(404).end('{"error":{"code":404,"message":"no such blob"}}');
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (!range) return void response.end(change(blob));
    const bytes = change(blob.subarray(Number(range[1]), Number(range[2]) + 1));
    response.writeHead(206, { 'content-length': String(bytes.length) }).end(bytes);
  };

export const text =
  (status: number, body: string): Answer =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'text/plain' }).end(body);

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
