import { CallableError, LogProof, LogView } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { findLogFile } from '../log/find-log-file.ts';
import { proveLog } from '../log/prove-log.ts';
import { viewLog } from '../log/view-log.ts';

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const BySeq = Type.Object({ seq: Type.String({ pattern: '^(0|[1-9][0-9]{0,15})$' }) });

/** The log as C2SP tlog-tiles has it: the same paths as its files, so that a copy of them is as good. */
export function logRoutes(app: TypedApp, ctx: HubContext): void {
  app.get('/v1/log', { schema: { summary: 'Origin, key and witnesses of the log', response: { 200: LogView } } }, () =>
    viewLog(ctx),
  );
  app.get(
    '/v1/log/proof',
    {
      schema: {
        summary: 'That an entry is in the published checkpoint (index), or that an older one continues in it (from)',
        querystring: Type.Object({ index: Type.Optional(count), from: Type.Optional(count) }),
        response: { 200: LogProof },
      },
    },
    (request) => proveLog(ctx, request.query),
  );
  app.get(
    '/log/checkpoint',
    { schema: { summary: 'The signed head of the log (C2SP tlog-tiles); its tiles and entries are beside it' } },
    async (_, reply) =>
      reply
        .type('text/plain; charset=utf-8')
        .header('cache-control', 'no-cache')
        .send(await need('checkpoint')),
  );
  app.get('/log/tile/*', { schema: { hide: true } }, async (request, reply) =>
    sendForEver(reply, await need(`tile/${(request.params as { '*': string })['*']}`)),
  );
  app.get(
    '/log/receipts/:seq',
    { schema: { summary: 'The leaf hashes of a batch of receipts, by the index of its statement', params: BySeq } },
    async (request, reply) => sendForEver(reply, await need(`receipts/${request.params.seq}`)),
  );

  async function need(path: string): Promise<Buffer> {
    const bytes = await findLogFile(ctx, path);
    if (!bytes) throw new CallableError('BlobNotFound', `The log has no ${path.slice(0, 100)}.`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

const sendForEver = (
  reply: {
    type: (type: string) => typeof reply;
    header: (name: string, value: string) => typeof reply;
    send: (body: Buffer) => unknown;
  },
  bytes: Buffer,
) =>
  reply
    .type('application/octet-stream')
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'public, max-age=31536000, immutable')
    .send(bytes);
