import { Readable } from 'node:stream';
import { sendHeadersOnly } from '@callable/http';
import { Bytes32Schema, CallableError } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import { checkHandedOut } from '../files/check-handed-out.ts';
import { parseRange } from '../http/parse-range.ts';
import type { TypedApp } from '../http/typed-app.ts';

const ByHash = Type.Object({ sha256: Bytes32Schema });

export function fileRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/v1/files/:sha256',
    { schema: { summary: 'The bytes of a file by its sha256; takes a byte range', params: ByHash } },
    async (request, reply) => {
      const { sha256 } = request.params;
      await checkHandedOut(ctx, sha256);
      const found = await ctx.blobs.stat(sha256);
      if (!found) throw new CallableError('BlobNotFound', `No bytes are stored under ${sha256}.`);
      const range = parseRange(request.headers.range, found.size);
      if (range === 'none') {
        void reply.header('content-range', `bytes */${found.size}`);
        const message = `This file has ${found.size} bytes, and none in ${request.headers.range?.slice(0, 60)}.`;
        throw new CallableError('RangeNotSatisfiable', message);
      }
      const isHead = request.method === 'HEAD';
      const part = range ? { offset: range.start, length: range.end - range.start } : { offset: 0 };
      const bytes = isHead ? null : await ctx.blobs.read(sha256, part);
      if (!isHead && !bytes) throw new CallableError('BlobNotFound', `No bytes are stored under ${sha256}.`);
      void reply
        .status(range ? 206 : 200)
        .type('application/octet-stream')
        .header('accept-ranges', 'bytes')
        // Anybody's bytes under our address: never to be taken for a page.
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('content-length', String(range ? range.end - range.start : found.size));
      if (range) void reply.header('content-range', `bytes ${range.start}-${range.end - 1}/${found.size}`);
      return bytes ? reply.send(Readable.from(bytes, { objectMode: false })) : sendHeadersOnly(reply);
    },
  );
}
