import { address, digest, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

const count = Type.Integer({ minimum: 0 });

/** What a run took on average of the last ones; null before there was any. */
const Average = orNull(Type.Object({ ms: count, of: Type.Integer({ minimum: 1 }) }));

/** One kind of work a hub or its nodes do, and how it fares. */
export const QueueStep = Type.Object({
  step: Type.String(),
  /** Due, and nobody does it yet. */
  waiting: count,
  /** How many of these are of releases that have been through their path before. */
  rechecks: count,
  running: count,
  /** For how long the one that has run longest has, milliseconds; null when none runs. */
  runningForMs: orNull(count),
  /** Pausing after a failure. */
  pausing: count,
  /** Tried for the last time. */
  givenUp: count,
  /** Due later, as rechecks are. */
  scheduled: count,
  average: Average,
});
export type QueueStep = Static<typeof QueueStep>;

/** GET /v1/queue */
export const QueueView = Type.Object({
  /** ISO 8601 */
  at: Type.String(),
  steps: Type.Array(QueueStep),
  /** Whose jobs wait and run, those with most first; only the first of many. */
  publishers: Type.Array(Type.Object({ publisher: address, waiting: count, running: count })),
  /** How many publishers have something waiting or running. */
  publisherCount: count,
  nodes: count,
  /** Of the turns while both wait, and of a node's time, this much may go to rechecks. */
  recheckShare: Type.Number({ minimum: 0, maximum: 1 }),
});
export type QueueView = Static<typeof QueueView>;

/** Where a job of a release stands. */
export const QueuePlace = Type.Object({
  step: Type.String(),
  /** The node that must do it; null for the hub's own work. */
  node: orNull(address),
  state: Type.Unsafe<'waiting' | 'running' | 'pausing' | 'given up'>(
    Type.String({ enum: ['waiting', 'running', 'pausing', 'given up'] }),
  ),
  recheck: Type.Boolean(),
  /** Jobs whose turn comes before; null unless it waits. */
  ahead: orNull(count),
  /** Until it is done, milliseconds; null when there is nothing to reckon with. */
  expectedMs: orNull(count),
  /** What that rests on, or what is waited for. */
  basis: Type.String(),
  /** Running since, or pausing until; ISO 8601. */
  time: orNull(Type.String()),
});
export type QueuePlace = Static<typeof QueuePlace>;

/** GET /v1/queue/{digest} */
export const QueuePlaces = Type.Object({ reference: Type.String(), digest, places: Type.Array(QueuePlace) });
export type QueuePlaces = Static<typeof QueuePlaces>;
