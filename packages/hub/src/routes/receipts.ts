import {
  AddressSchema,
  Bytes32Schema,
  CallableError,
  largestSegment,
  ReceiptProof,
  requestHeaders,
  SegmentTaken,
  SignedReceipt3,
  segmentType,
  zeroBytes32,
} from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import { refuseStranger } from '../calls/intake/refuse-stranger.ts';
import { takeSegment } from '../calls/intake/take-segment.ts';
import type { HubContext } from '../context.ts';
import { requireSigner } from '../http/require-signer.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { findReceiptOf, proveReceipt, proveReceiptOf } from '../log/prove-receipt.ts';

const BySession = Type.Object({
  session: Bytes32Schema,
  number: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});
const OfNode = Type.Object({ node: Type.Optional(AddressSchema) });

export function receiptRoutes(app: TypedApp, ctx: HubContext): void {
  app.post(
    '/v1/calls',
    {
      bodyLimit: largestSegment,
      schema: {
        summary: `A gateway reports the calls it passed on: a segment, as ${segmentType}; signed`,
        response: { 200: SegmentTaken },
      },
    },
    async (request) => {
      const { rawBody } = request;
      if (!(request.body instanceof Uint8Array))
        throw new CallableError('MediaTypeUnsupported', `A segment is sent as ${segmentType}.`);
      const signer = request.headers[requestHeaders.signer];
      // Says what it lacks, before anything is done with its bytes.
      if (signer === undefined) await requireSigner(ctx, request, zeroBytes32);
      else refuseStranger(ctx, String(signer));
      // Hashed in a thread: 8 MiB would hold everybody's requests for as long as they take.
      const sha256 = await ctx.calls.intake().ask('hash', rawBody);
      const taken = await takeSegment(ctx, await requireSigner(ctx, request, sha256), { bytes: rawBody, sha256 });
      ctx.changes.emit({ topic: 'outbox', subject: 'calls' });
      return taken;
    },
  );
  app.post('/v1/receipts', { schema: { summary: 'Gone: gateways of before reported calls one by one' } }, () => {
    throw new CallableError('ReportsOutdated');
  });
  app.get(
    '/v1/receipts/:id/proof',
    {
      schema: {
        summary: 'That a receipt of version 1 or 2 is in the log: from its batch up to the published checkpoint',
        params: Type.Object({ id: Bytes32Schema }),
        response: { 200: ReceiptProof },
      },
    },
    (request) => proveReceipt(ctx, request.params.id),
  );
  app.get(
    '/v1/sessions/:session/receipts/:number',
    {
      schema: {
        summary: 'A receipt as it was reported, by its session and number; the node where two claim that session',
        params: BySession,
        querystring: OfNode,
        response: { 200: SignedReceipt3 },
      },
    },
    async (request) => (await findReceiptOf(ctx, { ...request.params, ...request.query })).receipt,
  );
  app.get(
    '/v1/sessions/:session/receipts/:number/proof',
    {
      schema: {
        summary: 'That such a receipt is in the log: from the header of its batch up to the published checkpoint',
        params: BySession,
        querystring: OfNode,
        response: { 200: ReceiptProof },
      },
    },
    (request) => proveReceiptOf(ctx, { ...request.params, ...request.query }),
  );
}
