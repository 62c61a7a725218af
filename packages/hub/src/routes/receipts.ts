import { Bytes32Schema, CallReports, ReceiptProof } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import { createEvidenceBudget } from '../calls/evidence-budget.ts';
import { recordCalls } from '../calls/record-calls.ts';
import type { HubContext } from '../context.ts';
import { requireSigner } from '../http/require-signer.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { proveReceipt } from '../log/prove-receipt.ts';

export function receiptRoutes(app: TypedApp, ctx: HubContext): void {
  const evidence = createEvidenceBudget(ctx.clock);
  app.post(
    '/v1/receipts',
    {
      bodyLimit: 4 * 1024 * 1024,
      schema: { summary: 'A gateway reports the calls it passed on; signed', body: CallReports },
    },
    async (request, reply) => {
      await recordCalls(ctx, await requireSigner(ctx, request), request.body.reports, evidence);
      ctx.changes.emit({ topic: 'outbox', subject: 'calls' });
      return reply.status(204).send();
    },
  );
  app.get(
    '/v1/receipts/:id/proof',
    {
      schema: {
        summary: 'That a receipt is in the log: from its batch up to the published checkpoint',
        params: Type.Object({ id: Bytes32Schema }),
        response: { 200: ReceiptProof },
      },
    },
    (request) => proveReceipt(ctx, request.params.id),
  );
}
