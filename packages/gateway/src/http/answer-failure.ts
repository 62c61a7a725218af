import { errorOfFastify, sendProblem } from '@callable/http';
import { CallableError } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerLeft } from '../admission/caller-left.ts';
import type { GatewayContext } from '../context.ts';

/**
 * Answers with the problem document of an error. An accident is logged whole and told in general words: its message may
 * hold what a caller must not read.
 */
export function answerFailure(
  ctx: Pick<GatewayContext, 'log'>,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: { withError?: boolean } = {},
): FastifyReply {
  const known = errorOfFastify(error, request.routeOptions.bodyLimit);
  if (!known && !(error instanceof CallerLeft)) ctx.log.error({ err: error, requestId: request.id }, 'request failed');
  return sendProblem(known ?? new CallableError('Internal'), request, reply, options);
}
