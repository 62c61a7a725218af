import { unknownNetwork } from '../addresses/network-of.ts';
import { ownMember } from '../json/own-member.ts';
import { type Policy, standingNumbers } from '../policy/policy.ts';
import { convict } from './convict.ts';
import type { Mark } from './mark.ts';
import type { ConvictionReason, NodeState } from './node-state.ts';

/** What a comparison made of a node's word in one round, and what an earlier statement had made of it there. */
export type MarkChange = {
  before: Mark | undefined;
  after: Mark | undefined;
  /** The runtime of its report. */
  runtime: string;
  /** Of the node and of the publisher, as keyed hashes; null where the hub knows none. */
  network: string | null;
  publisherNetwork: string | null;
  /** A lie of a seed is a recomputation, of others a validation. */
  lie: ConvictionReason;
  message: string;
};

/** Runtimes and networks of a node that are remembered. */
const mostRuntimes = 4;
const mostNetworks = 50;
const monthMs = 30 * 24 * 3600_000;

/**
 * The record of a node after a comparison. A change of mind takes the former mark back, so that whatever a wrong
 * recomputation did is undone by the one that shows it wrong.
 */
export function takeMark(before: NodeState, change: MarkChange, policy: Policy): NodeState {
  const placed = change.network === null ? before : { ...before, network: change.network };
  const state = change.before ? undo(placed, change, change.before) : placed;
  switch (change.after?.mark) {
    case 'confirmed':
      return confirm(state, change, change.after.at);
    case 'differs':
      return differ(state, change, change.after.at, policy);
    case 'lied':
      return convict(state, change.after.at, change.lie, change.message, [change.after.statement]);
    default:
      return state;
  }
}

/** Only where two networks met: a publisher could else raise nodes of its own. */
const meet = ({ network, publisherNetwork }: MarkChange) => network !== publisherNetwork;

function confirm(state: NodeState, change: MarkChange, at: number): NodeState {
  if (!meet(change)) return state;
  const { [change.runtime]: _known, ...others } = state.compared;
  const known = ownMember(state.compared, change.runtime);
  const next = { confirmed: (known?.confirmed ?? 0) + 1, firstAt: known?.firstAt ?? at, lastAt: at };
  const kept = Object.entries(others)
    .sort(([, a], [, b]) => a.lastAt - b.lastAt)
    .slice(1 - mostRuntimes);
  return { ...state, runtime: change.runtime, compared: { ...Object.fromEntries(kept), [change.runtime]: next } };
}

/**
 * A disagreement takes as many confirmations as standing needs, once per publisher's network in a month: models made so
 * that honest machines differ would else take the standing of all.
 */
function differ(state: NodeState, change: MarkChange, at: number, policy: Policy): NodeState {
  const key = change.publisherNetwork ?? unknownNetwork;
  const { [key]: _last, ...others } = state.differed;
  const last = ownMember(state.differed, key);
  if (last !== undefined && at - last.at < monthMs) return state;
  const confirmed = ownMember(state.compared, change.runtime)?.confirmed ?? 0;
  const taken = Math.min(confirmed, standingNumbers(policy).comparisons);
  const kept = Object.entries(others)
    .sort(([, a], [, b]) => a.at - b.at)
    .slice(1 - mostNetworks);
  const differed = { ...Object.fromEntries(kept), [key]: { at, taken } };
  return addConfirmed({ ...state, differed }, change.runtime, -taken);
}

function addConfirmed(state: NodeState, runtime: string, more: number): NodeState {
  const known = ownMember(state.compared, runtime);
  if (!known) return state;
  const next = { ...known, confirmed: Math.max(0, known.confirmed + more) };
  return { ...state, compared: { ...state.compared, [runtime]: next } };
}

function undo(state: NodeState, change: MarkChange, { mark, at, statement }: Mark): NodeState {
  if (mark === 'confirmed') return meet(change) ? addConfirmed(state, change.runtime, -1) : state;
  // A conviction by another round, or for a fork of receipts, stands whatever came of this one.
  if (mark === 'lied') return state.convicted?.evidence.includes(statement) ? { ...state, convicted: null } : state;
  const key = change.publisherNetwork ?? unknownNetwork;
  const { [key]: _last, ...differed } = state.differed;
  const last = ownMember(state.differed, key);
  return last?.at === at ? addConfirmed({ ...state, differed }, change.runtime, last.taken) : state;
}

/** A wrong answer to a caller costs all standing: the record begins anew, with its first comparison from here on. */
export function takeWrongAnswer(state: NodeState, at: number, receipt: string): NodeState {
  return { ...state, compared: {}, runtime: null, wrong: [...state.wrong, { at, receipt }].slice(-mostWrong) };
}
const mostWrong = 8;
