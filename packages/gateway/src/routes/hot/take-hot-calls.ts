import { type AnswerHeaders, answerOfProblem, headersOfGuard, type PlainAnswer, takePlainPosts } from '@callable/http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { GatewayContext } from '../../context.ts';
import { errorOfFailure } from '../../http/answer-failure.ts';
import type { CallRequest } from '../../http/call-request.ts';
import { answerRun } from '../v1/answer-run.ts';
import { answerInfer } from '../v2/answer-infer.ts';
import { findHotTarget, type HotTarget } from './find-hot-target.ts';
import { requestOfPost } from './request-of-post.ts';

/**
 * Answers the plain calls of /v1/run and /v2/models past node:http and Fastify, in the words of their routes. The returned
 * function takes no more. Whoever has requests logged gets each line: then all of them go through Fastify.
 */
export function takeHotCalls(app: FastifyInstance, ctx: GatewayContext): () => void {
  const { server } = app;
  const log = app.log as Partial<Logger>;
  if (!ctx.config.ownReader || log.isLevelEnabled?.('info')) return () => {};
  return takePlainPosts(server, (head) => {
    const target = findHotTarget(head);
    // Larger than any call may be: its refusal is told while the body still comes.
    if (!target || head.length > ctx.config.bodyBytes) return null;
    const guard = headersOfGuard(server, head.headers['host'] ?? '');
    return guard && ((post) => answerHotCall(ctx, requestOfPost(ctx, post), target, [...guard]));
  });
}

/** As the routes answer, and their error handler; `said` is what stands already. */
async function answerHotCall(
  ctx: GatewayContext,
  request: CallRequest,
  target: HotTarget,
  said: AnswerHeaders,
): Promise<PlainAnswer> {
  const tell = (name: string, value: string) => void said.push([name, value]);
  try {
    const body = await (target.kind === 'run'
      ? answerRun(ctx, request, tell, target)
      : answerInfer(ctx, request, tell, target));
    return { status: 200, headers: said, body };
  } catch (error) {
    const options = { withError: target.kind === 'infer', said };
    return answerOfProblem(errorOfFailure(ctx, error, request.id()), request.id(), options);
  }
}
