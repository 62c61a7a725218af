import { type CallableError, problemContentType, problemOf } from '@callable/protocol';
import type { AnswerHeaders, PlainAnswer } from './plain-answer.ts';

/**
 * The RFC 9457 document of an error, as an answer to the request of this id. `withError` adds the one member Triton and KServe
 * clients show. `said` are headers that were settled before.
 */
export function answerOfProblem(
  error: CallableError,
  requestId: string,
  { withError = false, said = [] }: { withError?: boolean; said?: AnswerHeaders } = {},
): PlainAnswer {
  const { retryAfterSeconds } = error.details;
  const problem = problemOf(error, requestId);
  return {
    status: error.status,
    headers: [
      ...said,
      ...(retryAfterSeconds === undefined ? [] : [['retry-after', String(Math.ceil(retryAfterSeconds))] as const]),
      ['content-type', problemContentType],
    ] as AnswerHeaders,
    body: Buffer.from(JSON.stringify(withError ? { ...problem, error: problem.title } : problem)),
  };
}
