import { count, digest, time } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { UsageFigure } from '../usage/usage-figure.ts';

/** GET /v1/usage: what was really used, as of a checkpoint, and what makes the numbers. */
export const UsageView = Type.Object({
  release: digest,
  /** Days of filing, UTC: since this day, up to this one and with it. */
  from: time,
  until: time,
  ...UsageFigure.properties,
  asOf: Type.Object({
    /** What the first so many entries of the log say of releases, nodes and keys. */
    size: count,
    /** The files of calls beside the first so many entries. Whoever has a copy of both finds the same. */
    counted: count,
    /** The keys of probes are public for all days before this time; later ones the hub leaves out on its word. */
    settledUntil: time,
  }),
  formula: Type.String(),
  /** What at least it costs to make this `trusted`, when all of it is forged. */
  costToForge: Type.Object({ networkDays: count, keyAgeDays: count, sentence: Type.String() }),
});
export type UsageView = Static<typeof UsageView>;
