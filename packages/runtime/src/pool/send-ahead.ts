import { bodyLength, type FrameBody } from '../channel/frame.ts';

/**
 * Sent ahead, so that a runner finds its next call waiting: of a quick model as many as take it a few milliseconds, which
 * makes one write and one wake-up of several, as long as they are small. A slow one gets no more than two: what is sent
 * cannot be taken back, nor be overtaken by whoever's turn would be next. `callMs` is what a call takes around the model.
 */
const sentAhead = { usual: 2, most: 32, quickMs: 0.5, callMs: 0.1, aheadMs: 3, bytes: 256 * 1024 };

/** How many calls one model is sent before it has answered them. */
export type Lead = {
  /** That it ran so long, milliseconds. */
  note(runMs: number): void;
  readonly calls: number;
  /** As far as calls of this size may lie in the runner's socket. */
  callsLike(body: FrameBody): number;
};

export function createLead(): Lead {
  /** Of the last answers; until there is one, nobody knows. */
  let meanRunMs = Number.POSITIVE_INFINITY;
  const lead: Lead = {
    note(runMs) {
      // Rises at once and falls slowly: one slow call in a few makes a model slow.
      meanRunMs = Number.isFinite(meanRunMs) ? Math.max(runMs, 0.9 * meanRunMs + 0.1 * runMs) : runMs;
    },
    get calls() {
      if (meanRunMs >= sentAhead.quickMs) return sentAhead.usual;
      return Math.min(sentAhead.most, Math.floor(sentAhead.aheadMs / (meanRunMs + sentAhead.callMs)));
    },
    callsLike(body) {
      const inSocket = Math.floor(sentAhead.bytes / Math.max(1, bodyLength(body)));
      return Math.max(sentAhead.usual, Math.min(lead.calls, inSocket));
    },
  };
  return lead;
}
