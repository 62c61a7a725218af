import type { Address } from '../identity/address.ts';

/** Everything the standing of a node depends on; folded from its statements, never set. */
export type NodeState = {
  /** Who answers for it: itself, or the key it named and that named it. */
  operator: Address;
  joinedAt: number | null;
  /** Audits weigh less with age: `passed` and `failed` are what they weighed at `at`. `count` is how many there were. */
  audits: { passed: number; failed: number; count: number; at: number };
  /** Audits that were drawn and not all finished, by receipt; the oldest are dropped beyond a bound. */
  drawn: Readonly<Record<string, DrawnAudit>>;
  /** Once caught lying it counts no more, and what it said before counts no more either. */
  convicted: { at: number; reason: ConvictionReason; message: string; evidence: readonly string[] } | null;
  /** Comparisons that confirmed its word, on releases of other networks, by the runtime it had; those of the last few. */
  compared: Readonly<Record<string, ComparedRuntime>>;
  /** The runtime of its last confirmed comparison. */
  runtime: string | null;
  /** Networks of publishers on whose releases its word was not borne out, when, and what that took; the latest. */
  differed: Readonly<Record<string, { at: number; taken: number }>>;
  /** Receipts of answers that seeds found wrong, and when, milliseconds; the latest. They convict nobody, and cost all standing. */
  wrong: readonly { at: number; receipt: string }[];
  /** Its network as the hub last said it: a keyed hash; null while unknown. */
  network: string | null;
};

export type ComparedRuntime = { confirmed: number; firstAt: number; lastAt: number };

export type ConvictionReason = 'AnswerWrong' | 'ReceiptForked' | 'ValidationInvented' | 'RecomputationInvented';

export type DrawnAudit = {
  exact: boolean;
  auditors: readonly Address[];
  /** What each of them said, once. */
  said: Readonly<Record<Address, { ok: boolean; reason: string; statement: string }>>;
};

/** A node nothing is known of but its key. */
export function emptyNodeState(node: Address): NodeState {
  return {
    operator: node,
    joinedAt: null,
    audits: { passed: 0, failed: 0, count: 0, at: 0 },
    drawn: {},
    convicted: null,
    compared: {},
    runtime: null,
    differed: {},
    wrong: [],
    network: null,
  };
}
