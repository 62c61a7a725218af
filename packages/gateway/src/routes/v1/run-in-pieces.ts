import { CallableError, problemOf } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerLeft } from '../../admission/caller-left.ts';
import type { GatewayContext } from '../../context.ts';
import { infer } from '../../data-plane/infer.ts';
import { openEventStream } from '../../http/open-event-stream.ts';
import { readCall } from '../../http/read-call.ts';
import { requestOfFastify, tellBy } from '../../http/request-of-fastify.ts';
import { tellDeprecation } from '../../http/tell-deprecation.ts';
import { wantsProof } from '../../proofs/wants-proof.ts';
import { describeAnswer } from './describe-answer.ts';

/** Whether this request takes its answer in pieces. */
export const takesPieces = ({ headers }: FastifyRequest): boolean =>
  headers.accept?.split(',').some((type) => type.split(';')[0]?.trim() === 'text/event-stream') ?? false;

/**
 * Answers with events: `piece` as they come, then `end` with the receipt, or `error` with a problem document. The stream is
 * whole only with `end`. What fails before the first piece is an ordinary refusal with its status.
 */
export async function runInPieces(
  ctx: GatewayContext,
  request: FastifyRequest,
  reply: FastifyReply,
  reference: string,
): Promise<FastifyReply> {
  if (wantsProof(request))
    throw new CallableError(
      'RequestInvalid',
      'A proof comes with a whole answer; in pieces the event `end` has the receipt and its salt.',
    );
  const tell = tellBy(reply);
  const call = await readCall(ctx, requestOfFastify(ctx, request, reply), tell, { reference, encoding: 'plain' });
  const events = openEventStream(reply, call.signal);
  try {
    const answer = await infer(ctx, call, (piece, release) => {
      if (!events.isOpen) tellDeprecation(ctx, tell, release);
      return events.send('piece', piece);
    });
    if (!events.isOpen) tellDeprecation(ctx, tell, answer.release);
    const { outputs, salt, runMs } = answer;
    const last = outputs.length > 0 ? [['piece', outputs] as const] : [];
    events.end(...last, ['end', { ...describeAnswer(answer), salt, runMs }]);
  } catch (error) {
    if (!events.isOpen) throw error;
    if (error instanceof CallerLeft) return reply;
    events.end(['error', problemOf(told(ctx, error, request), request.id)]);
  }
  return reply;
}

/** An accident is logged whole and told in general words. */
function told(ctx: Pick<GatewayContext, 'log'>, error: unknown, request: FastifyRequest): CallableError {
  if (error instanceof CallableError) return error;
  ctx.log.error({ err: error, requestId: request.id }, 'an answer in pieces failed');
  return new CallableError('Internal');
}
