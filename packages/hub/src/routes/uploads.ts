import { Readable } from 'node:stream';
import { refuseEncoded, requestSignal, untilIdle } from '@callable/http';
import { Bytes32Schema, CallableError, chunkBytes, UploadRequest, UploadView } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { FastifyRequest } from 'fastify';
import type { HubContext } from '../context.ts';
import { networkOfClient } from '../http/network-of-client.ts';
import { parseContentRange } from '../http/parse-content-range.ts';
import { requireSigner } from '../http/require-signer.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { completeUpload } from '../uploads/complete-upload.ts';
import { createUpload } from '../uploads/create-upload.ts';
import { findChunk } from '../uploads/find-chunk.ts';
import { receiveChunk } from '../uploads/receive-chunk.ts';
import { receivePiece } from '../uploads/receive-piece.ts';
import { showUpload } from '../uploads/show-upload.ts';

const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{32}$' }) });
const Chunk = Type.Object({
  id: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  file: Bytes32Schema,
  index: Type.Integer({ minimum: 0, maximum: 2 ** 20 }),
});

export function uploadRoutes(app: TypedApp, ctx: HubContext): void {
  app.addContentTypeParser('application/octet-stream', async (request: FastifyRequest, payload: unknown) => {
    refuseEncoded(request);
    return payload;
  });

  app.post(
    '/v1/uploads',
    // 16 GiB are 4096 chunks of 67 bytes of JSON.
    {
      bodyLimit: 4 * 1024 * 1024,
      schema: { summary: 'Announce files by their hashes; signed', body: UploadRequest, response: { 200: UploadView } },
    },
    async (request) =>
      createUpload(ctx, await requireSigner(ctx, request), request.body, networkOfClient(ctx, request, 'party')),
  );
  app.get(
    '/v1/uploads/:id',
    {
      schema: {
        summary: 'What an upload still lacks; signed by its owner',
        params: ById,
        response: { 200: UploadView },
      },
    },
    async (request) => showUpload(ctx, await requireSigner(ctx, request), request.params.id),
  );
  app.put(
    '/v1/uploads/:id/files/:file/chunks/:index',
    {
      bodyLimit: chunkBytes,
      schema: {
        summary:
          'Send one chunk, or with Content-Range the next piece of it (202 until it is whole); signed over the hash of the chunk',
        params: Chunk,
      },
    },
    async (request, reply) => {
      const { id, file, index } = request.params;
      const chunk = await findChunk(ctx, { upload: id, file, index });
      const signer = await requireSigner(ctx, request, chunk.sha256);
      if (signer !== chunk.owner) throw new CallableError('SignerNotAllowed', 'This upload belongs to another key.');
      const piece = parseContentRange(request.headers['content-range'], chunk.size);
      const isWhole = piece ? await receivePiece(ctx, chunk, piece, streamOf(request)) : true;
      if (!piece) await receiveChunk(ctx, chunk, streamOf(request));
      return reply.status(isWhole ? 204 : 202).send();
    },
  );
  app.post(
    '/v1/uploads/:id/complete',
    { schema: { summary: 'Join the chunks into files; signed', params: ById, response: { 200: UploadView } } },
    async (request, reply) =>
      completeUpload(ctx, await requireSigner(ctx, request), request.params.id, requestSignal(reply)),
  );
}

/** Nobody who sends nothing for this long is still sending. */
const idleMs = 30_000;

/** The body as it arrives; ends with an error when the client goes away or falls silent. */
function streamOf(request: FastifyRequest): AsyncIterable<Uint8Array> {
  const body: unknown = request.body;
  if (!(body instanceof Readable))
    throw new CallableError('MediaTypeUnsupported', 'A chunk is sent as application/octet-stream.');
  const silence = () => new CallableError('RequestInvalid', `Nothing was sent for ${idleMs / 1000} s.`);
  return untilIdle(body, { idleMs, dropBytes: chunkBytes, silence });
}
