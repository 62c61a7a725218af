import { digest } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** POST /v1/wakes: a gateway has callers for a release that no node it knows holds, or too few. */
export const WakeRequest = Type.Object({ release: digest }, { additionalProperties: false });
export type WakeRequest = Static<typeof WakeRequest>;

/** When a release is reckoned to answer. */
export const WakeEstimate = Type.Object({
  /** How many nodes were asked to fetch it, or are at it. */
  nodes: Type.Integer({ minimum: 0 }),
  /** Until one of them is reckoned to answer. */
  seconds: Type.Number({ minimum: 0 }),
  /** What the seconds rest on, a sentence. */
  basis: Type.String({ maxLength: 300 }),
});
export type WakeEstimate = Static<typeof WakeEstimate>;
