import { type FunnelStage, funnelStages } from '../conditions/stages.ts';
import { count, time } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** Percentiles of how long it took, milliseconds, by nearest rank. */
const Spread = Type.Object({
  of: count,
  p10: Type.Union([count, Type.Null()]),
  p25: Type.Union([count, Type.Null()]),
  p50: Type.Union([count, Type.Null()]),
  p75: Type.Union([count, Type.Null()]),
  p90: Type.Union([count, Type.Null()]),
  p99: Type.Union([count, Type.Null()]),
});
export type Spread = Static<typeof Spread>;

/** GET /v1/activation */
export const ActivationView = Type.Object({
  /** The log up to which this is true, and when it was computed: what is checked grows old without a statement. */
  asOf: Type.Object({ size: count, at: time }),
  /** Releases at each stage now, each within the one before. Withdrawn and hidden ones are in none. */
  funnel: Type.Array(
    Type.Object({
      stage: Type.Unsafe<FunnelStage>(Type.String({ enum: [...funnelStages] })),
      count,
      /** Which these are, and which stopped before it. */
      list: Type.String(),
      stopped: Type.String(),
    }),
  ),
  /** From upload to the first time at each stage, and to the first call that a stranger signed; of releases of the last 30 days. */
  took: Type.Object({ stored: Spread, verified: Spread, reachable: Spread, worked: Spread, independent: Spread }),
  /** Of what can be called: how many nobody called in a week. */
  idle: Type.Object({ callable: count, idle: count }),
});
export type ActivationView = Static<typeof ActivationView>;
