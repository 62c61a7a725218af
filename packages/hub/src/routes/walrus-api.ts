import { Readable } from 'node:stream';
import { dropRest, requestSignal, sendHeadersOnly, untilIdle } from '@callable/http';
import { CallableError, endWithin } from '@callable/protocol';
import { parseWalrusBlobId } from '@callable/storage';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { HubContext } from '../context.ts';
import { networkOfClient } from '../http/network-of-client.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { isHubClosed } from '../outages/is-hub-closed.ts';
import { blobOfObject, type FoundBlob, findWalrusBlob } from '../walrus-api/find-walrus-blob.ts';
import { type BlobRange, parseBlobRange, parseStartAndLength } from '../walrus-api/parse-blob-range.ts';
import { parseStoreQuery } from '../walrus-api/parse-store-query.ts';
import { readWalrusBlobs } from '../walrus-api/read-walrus-blobs.ts';
import { bodyTooLarge } from '../walrus-api/receive-blob.ts';
import { SenderLimits } from '../walrus-api/sender-limits.ts';
import { storeWalrusBlob } from '../walrus-api/store-walrus-blob.ts';
import { WalrusProblem } from '../walrus-api/walrus-problem.ts';

/** A sender that is silent for so long has gone; and no body may take longer than the other, however it trickles. */
const idleMs = 30_000;
const bodyMs = 15 * 60_000;
/** Of a body that is refused. */
const dropBytes = 16 * 2 ** 20;
/** Blobs joined into one answer. */
const maxJoined = 256;

/** The endpoints of a Walrus publisher and aggregator, over this hub's own store: its clients work here unchanged. */
export function walrusApiRoutes(app: TypedApp, ctx: HubContext): void {
  void app.register(async (typed) => {
    const scope = typed as unknown as FastifyInstance;
    scope.removeAllContentTypeParsers();
    // Whatever a client calls it, a body is the bytes of a blob: curl sends `-d` as a form.
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.setErrorHandler((error: FastifyError, request, reply) => sendProblem(asProblem(ctx, error, request), reply));
    publisherRoutes(scope, ctx);
    aggregatorRoutes(scope, ctx);
  });
}

function publisherRoutes(scope: FastifyInstance, ctx: HubContext): void {
  const { blobBytes } = ctx.config.walrusApi;
  const limits = new SenderLimits(ctx);
  scope.put(
    '/v1/blobs',
    { bodyLimit: Number.MAX_SAFE_INTEGER, schema: { summary: 'Store a blob, as a Walrus publisher does' } },
    async (request, reply) => {
      const body = bodyOf(request);
      try {
        const query = parseStoreQuery(request.query as Record<string, unknown>);
        const announcedBytes = Number(request.headers['content-length'] ?? 0);
        if (announcedBytes > blobBytes) throw bodyTooLarge();
        const name = networkOfClient(ctx, request, 'sender');
        using _turn = limits.enter(name);
        const signal = endWithin(bodyMs, requestSignal(reply));
        const bytes = untilIdle(body, { idleMs, dropBytes, silence: fellSilent });
        return await storeWalrusBlob(ctx, bytes, query, { name, announcedBytes }, signal);
      } catch (error) {
        if (!body.readableEnded) dropRest(body, dropBytes);
        throw error;
      }
    },
  );
}

function aggregatorRoutes(scope: FastifyInstance, ctx: HubContext): void {
  const read = (
    url: string,
    summary: string,
    find: (request: FastifyRequest) => Promise<{ blobs: FoundBlob[]; range: BlobRange | null }>,
  ) =>
    scope.get(url, { schema: { summary } }, async (request, reply) => {
      const { blobs, range } = await find(request);
      return sendBlobs(ctx, blobs, range, request, reply);
    });
  const idOf = (request: FastifyRequest) => parseBlobId((request.params as { blobId: string }).blobId);
  read('/v1/blobs/:blobId', 'The bytes of a Walrus blob; takes one byte range with both ends', async (request) => {
    const blob = await findWalrusBlob(ctx, idOf(request));
    return { blobs: [blob], range: parseBlobRange(request.headers.range, blob.size) };
  });
  read('/v1/blobs/:blobId/byte-range', 'Some bytes of a Walrus blob', async (request) => {
    const blob = await findWalrusBlob(ctx, idOf(request));
    return { blobs: [blob], range: parseStartAndLength(request.query as Record<string, unknown>, blob.size) };
  });
  read('/v1/blobs/by-object-id/:objectId', 'The bytes of the blob of a Sui object', async (request) => {
    const { objectId } = request.params as { objectId: string };
    if (!/^0x[0-9a-fA-F]{64}$/.test(objectId)) throw invalidUrl(objectId);
    const blob = await blobOfObject(ctx, objectId);
    return { blobs: [blob], range: parseBlobRange(request.headers.range, blob.size) };
  });
  read('/v1alpha/blobs/concat', 'The bytes of several Walrus blobs, joined: `ids=a,b,c`', async (request) => {
    const ids = String((request.query as { ids?: unknown }).ids ?? '').split(',');
    if (ids.length > maxJoined) throw new WalrusProblem(400, `At most ${maxJoined} blobs are joined.`);
    const blobs: FoundBlob[] = [];
    for (const id of ids) blobs.push(await findWalrusBlob(ctx, parseBlobId(id)));
    return { blobs, range: null };
  });
}

function sendBlobs(
  ctx: HubContext,
  blobs: readonly FoundBlob[],
  range: BlobRange | null,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
  const { start, end } = range ?? { start: 0, end: size };
  const isPartial = range?.asPartial ?? false;
  void reply
    .status(isPartial ? 206 : 200)
    // Never what the client says it accepts, as aggregators do: under our address that would make any blob a page.
    .type('application/octet-stream')
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'public, max-age=86400, stale-while-revalidate=3600')
    .header('content-length', String(end - start));
  const [only] = blobs;
  if (only && blobs.length === 1) void reply.header('etag', range?.tag ? `${only.blobId}-${range.tag}` : only.blobId);
  if (isPartial) void reply.header('content-range', `bytes ${start}-${end - 1}/${size}`);
  if (request.method === 'HEAD') return sendHeadersOnly(reply);
  const bytes = readWalrusBlobs(ctx, blobs, { start, end }, requestSignal(reply));
  return reply.send(Readable.from(bytes, { objectMode: false }));
}

function sendProblem(problem: WalrusProblem, reply: FastifyReply): FastifyReply {
  const { type, body } = problem.answer;
  return reply.status(problem.code).type(type).send(body);
}

function asProblem(
  { outages }: Pick<HubContext, 'outages'>,
  error: FastifyError,
  request: FastifyRequest,
): WalrusProblem {
  if (error instanceof WalrusProblem) return error;
  const known = outages.errorOf(error) ?? error;
  if (known instanceof CallableError && known.code === 'DatabaseUnavailable')
    return new WalrusProblem(503, known.message, { status: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE' });
  if (isHubClosed(error))
    return new WalrusProblem(503, 'the hub is stopping', { status: 'UNAVAILABLE', reason: 'STOPPING' });
  if (known instanceof CallableError && known.code === 'DiskFull')
    return new WalrusProblem(503, 'this publisher has no room', { status: 'RESOURCE_EXHAUSTED', reason: 'DISK_FULL' });
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new WalrusProblem(error.statusCode, error.message);
  // Whoever went away does not read the answer.
  if (request.raw.destroyed || error.name === 'AbortError') return new WalrusProblem(408, 'the client went away');
  request.log.error({ err: error }, 'a request failed');
  return new WalrusProblem(500, 'an internal error occurred', { status: 'INTERNAL', reason: 'INTERNAL_ERROR' });
}

/** A request without a body has none to parse. */
function bodyOf(request: FastifyRequest): Readable {
  return request.body instanceof Readable ? request.body : Readable.from([]);
}

function parseBlobId(text: string): string {
  const blobId = parseWalrusBlobId(text);
  if (blobId === null) throw invalidUrl(text);
  return blobId;
}

const invalidUrl = (text: string) =>
  new WalrusProblem(400, `Invalid URL: Cannot parse ${JSON.stringify(text.slice(0, 80))}: failed to parse an ID`);
const fellSilent = () => new WalrusProblem(408, `Nothing was sent for ${idleMs / 1000} s.`);
