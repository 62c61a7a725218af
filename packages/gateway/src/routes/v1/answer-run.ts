import type { GatewayContext } from '../../context.ts';
import { infer } from '../../data-plane/infer.ts';
import { encodingTable } from '../../encodings/encoding-table.ts';
import type { CallRequest, TellHeader } from '../../http/call-request.ts';
import { readCall } from '../../http/read-call.ts';
import { spliceJson } from '../../http/splice-json.ts';
import { tellDeprecation } from '../../http/tell-deprecation.ts';
import { writeProof } from '../../proofs/write-proof.ts';
import { describeAnswer } from './describe-answer.ts';

/** The whole answer of /v1/run, and its headers. Throws what `readCall` and `infer` throw; the headers told by then stand. */
export async function answerRun(
  ctx: GatewayContext,
  request: CallRequest,
  tell: TellHeader,
  wanted: { reference: string; proof: boolean },
): Promise<Buffer> {
  const read = readCall(ctx, request, tell, { reference: wanted.reference, encoding: 'plain' });
  const call = read instanceof Promise ? await read : read;
  const answer = await infer(ctx, call);
  const { release, outputs, salt, ms } = answer;
  tellDeprecation(ctx, tell, release);
  tell('callable-receipt-salt', salt);
  tell('server-timing', `run;dur=${answer.runMs.toFixed(2)}, total;dur=${ms}`);
  tell('content-type', encodingTable.plain.contentType);
  return spliceJson({}, wanted.proof ? { outputs, proof: writeProof(call, answer) } : { outputs }, {
    ...describeAnswer(answer),
    salt,
  });
}
