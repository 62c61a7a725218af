import { Readable } from 'node:stream';
import { sendHeadersOnly, untilIdle } from '@callable/http';
import { AddressSchema, AuditList, AuditView, Bytes32Schema, CallableError } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import { getAudit, listAudits } from '../audits/list-audits.ts';
import { openShownCall } from '../audits/open-shown-call.ts';
import { largestCall, receiveCall } from '../audits/receive-call.ts';
import type { HubContext } from '../context.ts';
import { requireSigner } from '../http/require-signer.ts';
import type { TypedApp } from '../http/typed-app.ts';

const ByReceipt = Type.Object({ receipt: Bytes32Schema });
/** Nobody who sends nothing for this long is still sending. */
const idleMs = 30_000;
const dropBytes = 16 * 2 ** 20;

export function auditRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/v1/audits',
    {
      schema: {
        summary: 'Calls and validations that are run again, the 200 drawn last: what is awaited, what came of it',
        querystring: Type.Object({ node: Type.Optional(AddressSchema) }),
        response: { 200: AuditList },
      },
    },
    (request) => listAudits(ctx, request.query),
  );
  app.get(
    '/v1/audits/:receipt',
    { schema: { summary: 'One audit, by the id of the receipt', params: ByReceipt, response: { 200: AuditView } } },
    (request) => getAudit(ctx, request.params.receipt),
  );
  app.get(
    '/v1/audits/:receipt/call',
    { schema: { summary: 'What the node has shown; signed by an auditor that was drawn', params: ByReceipt } },
    async (request, reply) => {
      const { size, read } = await openShownCall(ctx, await requireSigner(ctx, request), request.params.receipt);
      void reply
        .type('application/octet-stream')
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'no-store')
        .header('content-length', String(size));
      return request.method === 'HEAD' ? sendHeadersOnly(reply) : reply.send(read());
    },
  );
  // Its body is streamed: uploads have brought the parser for that.
  app.post(
    '/v1/audits/:receipt/call',
    {
      bodyLimit: largestCall,
      schema: {
        summary: 'Show what was asked and answered under a receipt; signed by its node, over the hash of the bytes',
        params: ByReceipt,
        querystring: Type.Object({ sha256: Bytes32Schema }),
      },
    },
    async (request, reply) => {
      const { receipt } = request.params;
      const { sha256 } = request.query;
      const body: unknown = request.body;
      if (!(body instanceof Readable))
        throw new CallableError('MediaTypeUnsupported', 'A call is sent as application/octet-stream.');
      const silence = () => new CallableError('RequestInvalid', `Nothing was sent for ${idleMs / 1000} s.`);
      const bytes = untilIdle(body, { idleMs, dropBytes, silence });
      await receiveCall(ctx, await requireSigner(ctx, request, sha256), { receipt, sha256 }, bytes);
      return reply.status(204).send();
    },
  );
}
