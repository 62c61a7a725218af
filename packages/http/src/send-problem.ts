import { type CallableError, problemContentType, problemOf } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers with the RFC 9457 document of an error. `withError` adds the one member Triton and KServe clients show. */
export function sendProblem(
  error: CallableError,
  request: FastifyRequest,
  reply: FastifyReply,
  { withError = false } = {},
): FastifyReply {
  const { retryAfterSeconds } = error.details;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
  const problem = problemOf(error, request.id);
  return reply
    .code(error.status)
    .type(problemContentType)
    .send(JSON.stringify(withError ? { ...problem, error: problem.title } : problem));
}
