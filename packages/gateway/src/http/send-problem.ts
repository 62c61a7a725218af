import { CallableError, problemContentType, problemOf } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerLeft } from '../admission/caller-left.ts';
import type { GatewayContext } from '../context.ts';

/**
 * Answers with the problem document of an error. `withError` adds the one member Triton and KServe clients show.
 * An accident is logged whole and told in general words: its message may hold what a caller must not read.
 */
export function sendProblem(
  ctx: Pick<GatewayContext, 'log'>,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { withError = false } = {},
): FastifyReply {
  const known = error instanceof CallableError ? error : ofFastify(error);
  if (!known && !(error instanceof CallerLeft)) ctx.log.error({ err: error, requestId: request.id }, 'request failed');
  const failure = known ?? new CallableError('Internal');
  const problem = problemOf(failure, request.id);
  const { retryAfterSeconds } = failure.details;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  return reply
    .code(problem.status)
    .type(problemContentType)
    .send(withError ? { ...problem, error: problem.title } : problem);
}

/** What Fastify itself refuses. */
function ofFastify(error: unknown): CallableError | null {
  const { code, statusCode } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown;
    statusCode?: unknown;
  };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new CallableError('BodyTooLarge');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new CallableError('MediaTypeUnsupported');
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new CallableError('RequestInvalid', error instanceof Error ? error.message : undefined);
  return null;
}
