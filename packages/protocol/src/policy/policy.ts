import { address } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { rulesVersion } from './unknown-rules.ts';

/** Up to a century: an end that no Date can name could not be shown. */
const seconds = Type.Integer({ minimum: 1, maximum: 100 * 366 * 24 * 3600 });

/**
 * The numbers that turn evidence into conditions. A value, published with the network, so anybody can recompute. Further
 * members are kept and mean nothing to this version; what changes the fold itself names another version of the rules.
 */
export const Policy = Type.Object({
  /** Version of the rules that read these numbers; 1 when absent. */
  rules: Type.Optional(Type.Unsafe<1 | 2>(Type.Integer({ minimum: 1, maximum: rulesVersion }))),
  /**
   * Operators whose nodes are seeds: one of them sits in every panel, and their recomputation decides where a panel
   * disagrees. Empty or absent: an open network, in which all nodes count alike and panels decide by count.
   */
  seeds: Type.Optional(Type.Array(address, { maxItems: 64 })),
  /** What a node has to have shown before it is of standing. */
  standing: Type.Optional(
    Type.Object({
      /** Confirmed comparisons with its present runtime, on releases of other networks. */
      comparisons: Type.Integer({ minimum: 1 }),
      /** Days since the first of them. */
      days: Type.Number({ minimum: 0, maximum: 3660 }),
    }),
  ),
  /** How many recomputations the disagreements of one network may cost the seeds within a day. */
  recomputations: Type.Optional(Type.Object({ perNetworkPerDay: Type.Integer({ minimum: 1 }) })),
  /** Counts up when a rule or the runtime changes in a way that makes old checks worthless. */
  epoch: Type.Integer({ minimum: 1 }),
  freshness: Type.Object({ storedSeconds: seconds, verifiedSeconds: seconds, reachableSeconds: seconds }),
  validators: Type.Object({
    /** How many nodes are drawn for a release, when that many may validate it. */
    draw: Type.Integer({ minimum: 1 }),
    /** How many of those drawn must agree; never more than were drawn. */
    quorum: Type.Integer({ minimum: 1 }),
    /** How long the rest of a panel is waited for when a quorum has committed, before reports are shown. */
    revealSeconds: Type.Integer({ minimum: 0, maximum: 3600 }),
  }),
  audits: Type.Object({
    /** Share of the receipts that are run again on another node. */
    share: Type.Number({ minimum: 0, maximum: 1 }),
    /** How long a node keeps what it was asked and answered, to show it when it is drawn. */
    windowSeconds: seconds,
    /** How many run the pinned wasm when an answer was found wrong, if there are as many. */
    judges: Type.Integer({ minimum: 1, maximum: 16 }),
  }),
  reliability: Type.Object({
    /** After this time an audit weighs half. */
    halfLifeSeconds: seconds,
  }),
  /** Worked turns to RecentFailures when at least this share of the last calls failed for reasons of the release. */
  worked: Type.Object({
    failureShare: Type.Number({ minimum: 0, maximum: 1 }),
    minimumCalls: Type.Integer({ minimum: 1 }),
  }),
});
export type Policy = Static<typeof Policy>;

/** Freshness of the design's §5; quorum 3 of 5 as soon as there are five independent nodes. */
export const defaultPolicy: Policy = {
  rules: rulesVersion,
  epoch: 1,
  freshness: { storedSeconds: 24 * 3600, verifiedSeconds: 30 * 24 * 3600, reachableSeconds: 600 },
  validators: { draw: 5, quorum: 3, revealSeconds: 10 },
  audits: { share: 0.01, windowSeconds: 900, judges: 3 },
  reliability: { halfLifeSeconds: 30 * 24 * 3600 },
  worked: { failureShare: 0.5, minimumCalls: 5 },
  standing: { comparisons: 10, days: 7 },
  recomputations: { perNetworkPerDay: 20 },
};

/** The rules of a log until it names its own: version 1, under which logs began that name none. */
export const policyBeforeAny: Policy = (({ rules: _2, standing: _s, recomputations: _r, ...first }) => first)(
  defaultPolicy,
);

/** The numbers for standing: those of the policy, or the usual ones. */
export const standingNumbers = ({ standing }: Pick<Policy, 'standing'>) =>
  standing ?? (defaultPolicy.standing as NonNullable<Policy['standing']>);

/** Whether newcomers count like all others, because nobody is named a seed. */
export const isOpenNetwork = ({ rules, seeds = [] }: Pick<Policy, 'rules' | 'seeds'>): boolean =>
  rules !== rulesVersion || seeds.length === 0;
