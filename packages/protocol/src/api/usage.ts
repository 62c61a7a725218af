import { count, time } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { UsageFigure } from '../usage/usage-figure.ts';

/** Whose figures these are: of a release (digest), a publisher or a node (address), or of all together. */
const ranked = [Type.Literal('release'), Type.Literal('publisher'), Type.Literal('node')] as const;
const kind = Type.Union([...ranked, Type.Literal('network')]);
export type UsageKind = Static<typeof kind>;

const AsOf = Type.Object({
  /** What the first so many entries of the log say of releases, nodes and keys. */
  size: count,
  /** The files of calls beside the first so many entries. Whoever has a copy of both finds the same. */
  counted: count,
  /** The keys of probes are public for all days before this time; later ones the hub leaves out on its word. */
  settledUntil: time,
});

/** One day (its first moment, UTC) as a plot shows it. */
const UsageDay = Type.Object({
  day: time,
  claimed: count,
  evidenced: count,
  /** Thousandths. */
  weight: count,
  callers: count,
  /** Within the bounds of trusted, and by how many. */
  relied: count,
  reliers: count,
  failed: count,
});
export type UsageDay = Static<typeof UsageDay>;

/** GET /v1/usage: what was really used, as of a checkpoint, and what makes the numbers. */
export const UsageView = Type.Object({
  kind,
  /** The digest of a release, the address of a publisher or node; empty for the network. */
  id: Type.String(),
  /** publisher/name@version of a release. */
  name: Type.Union([Type.String(), Type.Null()]),
  /** Days of filing, UTC: since this day, up to this one and with it. */
  from: time,
  until: time,
  ...UsageFigure.properties,
  /** The days that had any use, oldest first. */
  days: Type.Array(UsageDay),
  asOf: AsOf,
  formula: Type.String(),
  /** What at least it costs to make this `trusted`, when all of it is forged. */
  costToForge: Type.Object({ networkDays: count, keyAgeDays: count, sentence: Type.String() }),
});
export type UsageView = Static<typeof UsageView>;

export const RankingOrder = Type.Union([Type.Literal('use'), Type.Literal('rising'), Type.Literal('success')]);
export type RankingOrder = Static<typeof RankingOrder>;

const Ranked = Type.Object({
  place: count,
  id: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  /** Thousandths of trusted in the last seven days, and the mean of the three windows of seven days before. */
  weight: count,
  before: count,
  claimed: count,
  evidenced: count,
  /** Of the last seven days, within the bounds of trusted. */
  relied: count,
  /** Thousandths of answers among answers, failures and cut answers; null where nothing was asked. */
  success: Type.Union([count, Type.Null()]),
});

/** GET /v1/rankings: by independent use, never by how much was uploaded. */
export const RankingView = Type.Object({
  kind: Type.Union([...ranked]),
  by: RankingOrder,
  from: time,
  until: time,
  ranked: Type.Array(Ranked),
  /** How many there are, and how many of them were used by somebody independent in these days. */
  all: count,
  used: count,
  /** Over the whole network in these days: what was left out of the order, and why. */
  excluded: UsageFigure.properties.excluded,
  asOf: AsOf,
  formula: Type.String(),
});
export type RankingView = Static<typeof RankingView>;

/** GET /v1/usage/days: closed days, newest first, whose rows can be downloaded. */
export const UsageDayList = Type.Object({
  days: Type.Array(
    Type.Object({
      day: time,
      rows: count,
      writtenAt: time,
      asOf: Type.Object({ size: AsOf.properties.size, counted: AsOf.properties.counted }),
      /** Where they are; the note signs the sha256 of both. */
      csv: Type.String(),
      json: Type.String(),
      note: Type.String(),
    }),
  ),
});
export type UsageDayList = Static<typeof UsageDayList>;
