import type { CallableError } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerOfProblem } from './answers/answer-of-problem.ts';

/** Answers with the RFC 9457 document of an error. `withError` adds the one member Triton and KServe clients show. */
export function sendProblem(
  error: CallableError,
  request: FastifyRequest,
  reply: FastifyReply,
  options: { withError?: boolean } = {},
): FastifyReply {
  const { status, headers, body } = answerOfProblem(error, request.id, options);
  for (const [name, value] of headers) void reply.header(name, value);
  return reply.code(status).send(body);
}
