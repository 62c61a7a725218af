import { CallableError, type ReasonCode, requestBodyMs } from '@callable/protocol';
import type { BodyShare } from './body-budget.ts';
import type { BodySource } from './body-source.ts';
import { bodyTooLarge } from './body-too-large.ts';
import { readBody } from './read-body.ts';

export type HeldBounds = {
  share: BodyShare;
  bodyBytes: number;
  idleMs: number;
  /** The size it says it has, 0 when it says none. */
  declaredBytes: number;
  full: ReasonCode;
  left: () => Error;
};

/**
 * A body, counted in its share of a budget as it arrives: by what came, not by what was declared, which costs its sender
 * nothing. The share is given back when the body fails; else whoever holds the body closes it.
 * Rejects with BodyTooLarge, BodySilent, NetworkHoldsTooMuch, `full` where all networks together hold too much, and what `left` says.
 */
export function holdBody(body: BodySource, bounds: HeldBounds): Promise<Buffer> {
  const { idleMs, left, share, bodyBytes } = bounds;
  return readBody(body, {
    reserve: reserveIn(bounds),
    ...{ idleMs, left, longestMs: requestBodyMs, dropBytes: bodyBytes },
    silence: () => new CallableError('BodySilent'),
    declaredBytes: Math.min(bodyBytes, bounds.declaredBytes),
  }).catch((error: unknown) => {
    share.close();
    throw error;
  });
}

/** The same of a body that is here already, at once. Throws what `holdBody` rejects with. */
export function holdWhole(body: Buffer, bounds: HeldBounds): Buffer {
  const refusal = reserveIn(bounds)(body.length, body.length);
  if (!refusal) return body;
  bounds.share.close();
  throw refusal;
}

function reserveIn({ share, bodyBytes, declaredBytes, full }: HeldBounds) {
  let size = 0;
  return (arrived: number, kept: number): CallableError | null => {
    size += arrived;
    if (size > bodyBytes) return bodyTooLarge(bodyBytes, declaredBytes);
    const passed = share.take(kept);
    if (passed === null) return null;
    const code = passed === 'network' ? 'NetworkHoldsTooMuch' : full;
    return new CallableError(code, undefined, { details: { retryAfterSeconds: 1 } });
  };
}
