import type { RefusalScope } from '../curation/refusal-scope.ts';
import type { Address } from '../identity/address.ts';
import type { Mark } from '../nodes/mark.ts';
import { conditionReasons } from '../reasons/condition-reasons.ts';
import type { ConditionType } from './condition.ts';
import type { Track } from './track.ts';

/** What one drawn validator last said; `at` is when, by the earlier of its clock and the log's. */
export type ValidatorReport = {
  ok: boolean;
  reason: string;
  message: string;
  at: number;
  statement: string;
  runtime: string;
  findings: readonly { code: string; severity: 'warn' | 'refuse' }[];
  auditClass: number;
  spread: number | null;
  /** Whether another try on the same bytes could not end otherwise: want of memory or time is no word on a release. */
  deterministic: boolean;
  /** What the wasm runtime gave it, when it could run there. */
  adjudication: { runtime: string; digest: string; passed: boolean | null } | null;
  /** The round it was made in. */
  round: string | null;
};

/** What a seed found when it ran vectors and made-up inputs of a round again, twice. */
export type Recomputation = {
  operator: Address;
  ok: boolean;
  reason: string;
  message: string;
  /** What computed on wasm, with the digest of its answers and whether the vectors passed; null where wasm cannot. */
  adjudication: { runtime: string; digest: string; passed: boolean } | null;
  /** Its own native run came to the same verdict: else machines differ, and that counts against nobody. */
  agrees: boolean;
  at: number;
  statement: string;
};

/** One draw under the rules of version 2: seeds sit in it, and everybody computes the same made-up inputs. */
export type Round = {
  /** Of the draw; it names the inputs. 64 hex digits. */
  id: string;
  /** Nobody is named a seed: the panel decides by count, as under the rules of version 1. */
  open: boolean;
  seeds: readonly Address[];
  /** Of standing when they were drawn, by their own record. */
  standing: readonly Address[];
  /** Keyed hashes, said by the hub; who is not in it has no known network. */
  networks: Readonly<Record<Address, string>>;
  publisherNetwork: string | null;
  recomputed: Readonly<Record<Address, Recomputation>>;
  marks: Readonly<Record<Address, Mark>>;
};

/** The nodes that shall verify a release, from one draw to the next. */
export type Panel = {
  validators: readonly Address[];
  quorum: number;
  epoch: number;
  /** Those the operator of the hub runs: "1 of 1" by them is the hub's word alone. */
  own: readonly Address[];
  /** Reports need a commitment made before any other was shown. */
  sealed: boolean;
  /** A report of this round has been shown: no commitment counts any more. */
  revealed: boolean;
  /** Null for a panel drawn under the rules of version 1. */
  round: Round | null;
};

/** What the publisher or the hub has said that changes how a release may be used, not whether it works. */
export type Notices = {
  yanked: { note: string; at: number; statement: string } | null;
  deprecated: { note: string; successor: string | null; at: number; statement: string } | null;
  refused: { scopes: readonly RefusalScope[]; note: string; at: number; statement: string } | null;
};

/** Calls as the hub counts them. */
export type CallCounts = {
  signed: number;
  keyless: number;
  own: number;
  failed: number;
  callers: number;
  lastGoodAt: number | null;
};

/** Everything the conditions of a release depend on; folded from its statements, never set. */
export type ReleaseState = {
  publisher: Address | null;
  tracks: Readonly<Record<ConditionType, Track>>;
  /** When each condition was true for the first time, by the log, whatever became of it. */
  reached: Readonly<Partial<Record<ConditionType | 'Independent', number>>>;
  panel: Panel | null;
  /** Commitments not yet opened, by validator. */
  commitments: Readonly<Record<Address, string>>;
  reports: Readonly<Record<Address, ValidatorReport>>;
  /** The node that answered the last probe. */
  reachedBy: Address | null;
  notices: Notices;
  calls: CallCounts & {
    recentGood: number;
    recentFailed: number;
    /** Whose answers the good calls of strangers were, as far as it was told. */
    byNode: Readonly<Record<Address, { signed: number; keyless: number }>>;
  };
};

/** A release nothing is known of. */
export function emptyReleaseState(at: number): ReleaseState {
  const unknown = (reason: keyof typeof conditionReasons): Track => ({
    status: 'Unknown',
    reason,
    message: conditionReasons[reason].sentence,
    since: at,
    checkedAt: null,
    expiresAt: null,
    evidence: [],
  });
  return {
    publisher: null,
    tracks: {
      Uploaded: unknown('UploadIncomplete'),
      Stored: unknown('AwaitingStore'),
      Verified: unknown('AwaitingValidators'),
      Reachable: unknown('AwaitingProbe'),
      Worked: unknown('NeverCalled'),
    },
    reached: {},
    panel: null,
    commitments: {},
    reports: {},
    reachedBy: null,
    notices: { yanked: null, deprecated: null, refused: null },
    calls: {
      signed: 0,
      keyless: 0,
      own: 0,
      failed: 0,
      callers: 0,
      lastGoodAt: null,
      recentGood: 0,
      recentFailed: 0,
      byNode: {},
    },
  };
}
