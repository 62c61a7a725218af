import { CallableError, problemOf, type ReasonCode } from '@callable/protocol';

/** A problem document as any server of ours answers it. */
export const problem = (code: ReasonCode, message?: string): Response => {
  const error = new CallableError(code, message);
  return Response.json(problemOf(error, 'test'), { status: error.status });
};
