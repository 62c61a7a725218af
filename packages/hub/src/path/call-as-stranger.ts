import {
  type Address,
  digestBytes,
  endWithin,
  expectOutputs,
  findReason,
  GatewayView,
  hexOfDigest,
  judgeVector,
  type Manifest,
  Problem,
  parseAddress,
  signRequest,
  sliceMembers,
  toHex,
  type VectorBytes,
} from '@callable/protocol';
import { Check, Type } from '@callable/protocol/schema';
import { boundText } from '../bound-text.ts';
import type { HubContext } from '../context.ts';
import { drawProbeKey } from './draw-probe-key.ts';
import { isOwnFailure } from './is-own-failure.ts';
import { readAnswer } from './read-answer.ts';

export type ProbeFinding = {
  ok: boolean;
  reason: string;
  message: string;
  ms: number;
  node: ReturnType<typeof parseAddress>;
  /** It tells of the hub or its gateway; of the release nothing was learned. */
  own: boolean;
};

const Answer = Type.Object({ outputs: Type.Record(Type.String(), Type.Unknown()), node: Type.String() });
const timeoutMs = 20_000;

/** One signed call through a gateway under a key made for it, and whether its answer was right. */
export async function callAsStranger(
  ctx: Pick<HubContext, 'db' | 'clock' | 'random' | 'fetch'>,
  gateway: string,
  reference: string,
  manifest: Manifest,
  vector: VectorBytes,
  signal: AbortSignal,
): Promise<ProbeFinding> {
  const startedAt = ctx.clock();
  const fail = (reason: string, message: string, own = false): ProbeFinding => ({
    ok: false,
    own,
    reason,
    message: boundText(message),
    ms: ctx.clock() - startedAt,
    node: null,
  });
  const refused = ({ code, detail, title }: Problem) => fail(probeReason(code), detail ?? title, isOwnFailure(code));
  const path = `/v1/run/${reference}`;
  const body = vector.inputs;
  const within = endWithin(timeoutMs, signal);
  // Followed, a gateway could have the hub knock at doors that only the hub can reach.
  const ask = (at: string, request: RequestInit = {}) =>
    ctx.fetch(gateway + at, { ...request, redirect: 'manual', signal: within });
  let response: Response;
  let answer: Awaited<ReturnType<typeof readAnswer>>;
  let isHeard = false;
  try {
    const greeting = await ask('/v1/gateway');
    isHeard = true;
    const { value: view } = await readAnswer(greeting);
    if (!greeting.ok && Check(Problem, view)) return refused(view);
    if (!Check(GatewayView, view)) return fail('ProbeFailed', `The gateway ${gateway} does not say who it is.`);
    const headers = {
      'content-type': 'application/json',
      ...(await strangersHeaders(ctx, view.gateway, path, body)),
    };
    response = await ask(path, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> });
    answer = await readAnswer(response);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.name === 'TimeoutError')
      return fail('ProbeTimeout', `No answer within ${timeoutMs / 1000} s.`);
    // Nobody there at all says nothing of the release.
    return fail('ProbeFailed', `The gateway ${gateway} did not answer with JSON.`, !isHeard);
  }
  if (!response.ok) {
    const problem = answer.value;
    return Check(Problem, problem)
      ? refused(problem)
      : fail('ProbeFailed', `The gateway ${gateway} answered ${response.status} without a reason.`);
  }
  const outputs = sliceMembers(answer.bytes)?.get('outputs');
  if (!Check(Answer, answer.value) || !outputs)
    return fail('ProbeFailed', `The gateway ${gateway} answered something else than its API says.`);
  const verdict = judgeVector(expectOutputs(manifest.outputs, vector), outputs);
  if (verdict.fault !== null) return fail('VectorFailed', verdict.message);
  const ms = ctx.clock() - startedAt;
  return {
    ok: true,
    own: false,
    reason: 'ProbeAnswered',
    message: `Answered right in ${ms} ms through ${gateway}.`,
    ms,
    node: parseAddress(answer.value.node),
  };
}

/** The key of this probe is remembered before it is used: its call must never count as somebody's usage. */
async function strangersHeaders(
  ctx: Pick<HubContext, 'db' | 'clock' | 'random'>,
  audience: Address,
  path: string,
  body: Uint8Array,
): Promise<Record<string, string>> {
  const key = await drawProbeKey(ctx);
  const nonce = toHex(ctx.random(32));
  const request = { method: 'POST', path, body: hexOfDigest(digestBytes(body)), nonce, issuedAt: ctx.clock() };
  return signRequest({ ...request, version: 2, audience }, key);
}

/** A reason a condition may have, or the general one for every other word. */
function probeReason(code: string): string {
  const status = findReason(code)?.status;
  return status === 503 || status === 409 || status === 451 ? code : 'ProbeFailed';
}
