import { count } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** Three numbers that are never merged, and what makes the difference between them, so that it adds up. */
export const UsageFigure = Type.Object({
  /** Whole answers that gateways reported. */
  claimed: count,
  /** Those whose request its caller signed, each once: claimed without `keyless`, `repeated` and `probes`. */
  evidenced: count,
  /** What is left of them: one voice for each network and day. */
  trusted: Type.Object({
    /** Thousandths: log2(1 + calls) of each voice, times the age of its key. */
    weight: count,
    /** Calls of the voices: evidenced without all that is excluded below. */
    calls: count,
    callers: count,
    networkDays: count,
  }),
  /** Decisions that callers signed to act on, with the call or later: all of them, and those within the bounds of trusted. */
  relied: Type.Object({ evidenced: count, trusted: count, callers: count }),
  /** What callers reported of how it came out: all of it, and what is within the bounds of trusted. */
  outcomes: Type.Object({
    evidenced: Type.Object({ right: count, wrong: count }),
    trusted: Type.Object({ right: count, wrong: count }),
    callers: count,
  }),
  callers: Type.Object({
    /** Neither publisher nor operator, nor their delegates; young ones too. */
    independent: count,
    medianAgeDays: Type.Union([count, Type.Null()]),
    /** Thousandths of all calls of independent callers that the busiest has. */
    largestShare: Type.Union([count, Type.Null()]),
  }),
  excluded: Type.Object({
    /** Nobody signed them. */
    keyless: count,
    /** A request that had counted on that day, or was signed more than 26 hours before. */
    repeated: count,
    /** Calls of the hub itself. */
    probes: count,
    /** Answered by a node that was caught lying. */
    convicted: count,
    /** Answered by a node that never joined. */
    strangers: count,
    /** By the publisher, the node or its operator. */
    own: count,
    /** By keys that act for one of them. */
    delegates: count,
    /** On the first day of their key. */
    young: count,
    /** What a network called beyond its voice, and a voice beyond a thousand calls. */
    beyond: count,
  }),
  /** No answers: calls that failed without one, and answers that ended early. */
  failed: count,
  cut: count,
});
export type UsageFigure = Static<typeof UsageFigure>;
