import { CallableError, type ReasonCode, requestBodyMs } from '@callable/protocol';
import type { BodyShare } from './body-budget.ts';
import type { BodySource } from './body-source.ts';
import { bodyTooLarge } from './body-too-large.ts';
import { readBody } from './read-body.ts';

/**
 * A body, counted in its share of a budget as it arrives: by what came, not by what was declared, which costs its sender
 * nothing. One that is here already is counted whole, and returned at once. The share is given back when the body fails; else whoever holds the body closes it.
 * Throws, or rejects with, BodyTooLarge, BodySilent, NetworkHoldsTooMuch, `full` where all networks together hold too much, and what `left` says.
 */
export function holdBody(
  body: BodySource | Buffer,
  {
    share,
    bodyBytes,
    ...bounds
  }: {
    share: BodyShare;
    bodyBytes: number;
    idleMs: number;
    /** The size it says it has, 0 when it says none. */
    declaredBytes: number;
    full: ReasonCode;
    left: () => Error;
  },
): Buffer | Promise<Buffer> {
  const { idleMs, left, full } = bounds;
  let size = 0;
  function reserve(arrived: number, kept: number): CallableError | null {
    size += arrived;
    if (size > bodyBytes) return bodyTooLarge(bodyBytes, bounds.declaredBytes);
    const passed = share.take(kept);
    if (passed === null) return null;
    const code = passed === 'network' ? 'NetworkHoldsTooMuch' : full;
    return new CallableError(code, undefined, { details: { retryAfterSeconds: 1 } });
  }
  const letGo = (error: unknown): never => {
    share.close();
    throw error;
  };
  if (body instanceof Uint8Array) {
    const refusal = reserve(body.length, body.length);
    return refusal ? letGo(refusal) : body;
  }
  return readBody(body, {
    reserve,
    ...{ idleMs, left, longestMs: requestBodyMs, dropBytes: bodyBytes },
    silence: () => new CallableError('BodySilent'),
    declaredBytes: Math.min(bodyBytes, bounds.declaredBytes),
  }).catch(letGo);
}
