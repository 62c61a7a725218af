import { digest } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** How a node holds a release; quarantined is what it no longer runs, after repeated crashes. */
export const HoldingState = Type.Unsafe<'cached' | 'warm' | 'quarantined'>(
  Type.String({ enum: ['cached', 'warm', 'quarantined'] }),
);
export type HoldingState = Static<typeof HoldingState>;

export const Holding = Type.Object({
  release: digest,
  state: HoldingState,
  /** Why it is quarantined. */
  reason: Type.Optional(Type.String({ maxLength: 300 })),
});
export type Holding = Static<typeof Holding>;

/** Entries of one page: about 110 kB, 400 kB where all are quarantined. */
export const holdingsPerPage = 1_000;

/**
 * A part of what a node tells of its holdings, in the order of its changes: a listener who was told up to `after` is told up
 * to `upTo` by it. After 0 all that was told before is taken back.
 */
export const HoldingsPage = Type.Object({
  after: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  upTo: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  /** Whether there is more to tell at this moment. */
  more: Type.Boolean(),
  held: Type.Array(Holding, { maxItems: holdingsPerPage }),
  gone: Type.Array(digest, { maxItems: holdingsPerPage }),
});
export type HoldingsPage = Static<typeof HoldingsPage>;
