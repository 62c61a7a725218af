import type { GatewayContext } from '../../context.ts';
import { infer } from '../../data-plane/infer.ts';
import { encodingTable } from '../../encodings/encoding-table.ts';
import type { CallRequest, TellHeader } from '../../http/call-request.ts';
import { readCall } from '../../http/read-call.ts';
import { spliceJson } from '../../http/splice-json.ts';
import { tellDeprecation } from '../../http/tell-deprecation.ts';
import { writeProof } from '../../proofs/write-proof.ts';

/**
 * The whole answer of /v2/models/{model}/infer, and its headers. Throws what `readCall` and `infer` throw; the headers told by
 * then stand. `model` is the name as the client wrote it.
 */
export async function answerInfer(
  ctx: GatewayContext,
  request: CallRequest,
  tell: TellHeader,
  wanted: { reference: string; model: string; proof: boolean },
): Promise<Buffer> {
  const call = await readCall(ctx, request, tell, { reference: wanted.reference, encoding: 'oip' });
  const answer = await infer(ctx, call);
  const { release, digest, node, standing, confirmedBy, ms, runMs, receipt, receiptId, salt, outputs, id } = answer;
  const said = {
    model_name: wanted.model,
    model_version: release.manifest.version,
    ...(id === undefined ? {} : { id }),
    parameters: {
      ...{ release: release.reference, digest, node, standing, ms, receipt_id: receiptId },
      ...(confirmedBy === null ? {} : { confirmed_by: confirmedBy }),
    },
  };
  if (confirmedBy !== null) tell('callable-confirmed-by', confirmedBy);
  tellDeprecation(ctx, tell, release);
  tell('callable-receipt', Buffer.from(JSON.stringify(receipt)).toString('base64url'));
  tell('callable-receipt-salt', salt);
  tell('callable-standing', standing);
  tell('server-timing', `run;dur=${runMs.toFixed(2)}, total;dur=${ms}`);
  tell('content-type', encodingTable.oip.contentType);
  return spliceJson(
    said,
    wanted.proof ? { outputs, proof: writeProof(call, answer, { receipt, salt }) } : { outputs },
    {},
  );
}
