import { errorOfFastify, sendProblem } from '@callable/http';
import { CallableError } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerLeft } from '../admission/caller-left.ts';
import type { GatewayContext } from '../context.ts';

/** Answers with the problem document of an error, by Fastify. */
export function answerFailure(
  ctx: Pick<GatewayContext, 'log'>,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: { withError?: boolean } = {},
): FastifyReply {
  return sendProblem(errorOfFailure(ctx, error, request.id, request.routeOptions.bodyLimit), request, reply, options);
}

/**
 * The error a caller hears of. An accident is logged whole and told in general words: its message may hold what a caller must
 * not read.
 */
export function errorOfFailure(
  ctx: Pick<GatewayContext, 'log'>,
  error: unknown,
  requestId: string,
  bodyLimit?: number,
): CallableError {
  const known = errorOfFastify(error, bodyLimit);
  if (!known && !(error instanceof CallerLeft)) ctx.log.error({ err: error, requestId }, 'request failed');
  return known ?? new CallableError('Internal');
}
