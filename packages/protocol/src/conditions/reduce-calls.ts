import type { Address } from '../identity/address.ts';
import type { Policy } from '../policy/policy.ts';
import { conditionReasons } from '../reasons/condition-reasons.ts';
import type { Rules } from '../statements/rules.ts';
import type { CallCounts, ReleaseState } from './release-state.ts';
import { moveTrack, type Track } from './track.ts';

/** Of how many nodes it is known which calls they answered: of those that answered most. */
const mostNodes = 200;

/** What came since the hub last said so. */
type CountedCalls = CallCounts & {
  byNode?: { node: Address; signed: number; keyless: number }[] | undefined;
};

/** Worked, from the calls that were counted. Good answers to the publisher or to the operator prove nothing. */
export function reduceCalls(
  state: ReleaseState,
  body: CountedCalls,
  at: number,
  id: string,
  rules: Pick<Rules, 'policy' | 'nodes'>,
): ReleaseState {
  const calls = boundNodes(addCalls(state.calls, withoutConvicted(body, rules), at));
  const track = moveTrack(state.tracks.Worked, at, {
    ...verdict(calls, rules.policy),
    checkedAt: at,
    expiresAt: null,
    evidence: [id],
  });
  return { ...state, calls, tracks: { ...state.tracks, Worked: track } };
}

function addCalls(before: ReleaseState['calls'], body: CountedCalls, at: number): ReleaseState['calls'] {
  const good = body.signed + body.keyless;
  // The last calls weigh most: each new report halves what was remembered of the earlier ones.
  return {
    signed: before.signed + body.signed,
    keyless: before.keyless + body.keyless,
    own: before.own + body.own,
    failed: before.failed + body.failed,
    callers: Math.max(before.callers, body.callers),
    lastGoodAt: good > 0 ? latest(before.lastGoodAt, body.lastGoodAt, at) : before.lastGoodAt,
    recentGood: before.recentGood / 2 + good + body.own,
    recentFailed: before.recentFailed / 2 + body.failed,
    byNode: addByNode(before.byNode, body.byNode ?? []),
  };
}

/** Calls that were reported before a node was caught lying, and counted after. */
function withoutConvicted(body: CountedCalls, { nodes }: Pick<Rules, 'nodes'>): CountedCalls {
  const isConvicted = ({ node }: { node: Address }) => nodes?.get(node)?.convicted != null;
  const theirs = (body.byNode ?? []).filter(isConvicted);
  if (theirs.length === 0) return body;
  const signed = without(body.signed, theirs, 'signed');
  const keyless = without(body.keyless, theirs, 'keyless');
  const byNode = (body.byNode ?? []).filter((one) => !isConvicted(one));
  return { ...body, signed, keyless, callers: Math.min(body.callers, signed), byNode };
}

/**
 * Calls of a node beyond the bound are not counted at all: they could not be taken back if it is caught lying. Only
 * those that answered least fall out, so that what is counted never becomes less by it.
 */
function boundNodes(calls: ReleaseState['calls']): ReleaseState['calls'] {
  const nodes = Object.entries(calls.byNode) as [Address, { signed: number; keyless: number }][];
  if (nodes.length <= mostNodes) return calls;
  const byCalls = nodes.sort(([, a], [, b]) => b.signed - a.signed || b.keyless - a.keyless);
  const dropped = byCalls.slice(mostNodes).map(([, theirs]) => theirs);
  return {
    ...calls,
    byNode: Object.fromEntries(byCalls.slice(0, mostNodes)),
    signed: without(calls.signed, dropped, 'signed'),
    keyless: without(calls.keyless, dropped, 'keyless'),
  };
}

function without(
  total: number,
  theirs: readonly { signed: number; keyless: number }[],
  what: 'signed' | 'keyless',
): number {
  return Math.max(
    0,
    theirs.reduce((left, one) => left - one[what], total),
  );
}

function addByNode(
  before: ReleaseState['calls']['byNode'],
  more: NonNullable<CountedCalls['byNode']>,
): ReleaseState['calls']['byNode'] {
  const sum = { ...before };
  for (const { node, signed, keyless } of more) {
    const had = sum[node] ?? { signed: 0, keyless: 0 };
    sum[node] = { signed: had.signed + signed, keyless: had.keyless + keyless };
  }
  return sum;
}

/** Worked without the answers of a node that was caught lying. */
export function discountCalls(
  state: ReleaseState,
  node: Address,
  at: number,
  id: string,
  policy: Policy,
): ReleaseState {
  const { [node]: theirs, ...byNode } = state.calls.byNode;
  if (!theirs) return state;
  const signed = without(state.calls.signed, [theirs], 'signed');
  const keyless = without(state.calls.keyless, [theirs], 'keyless');
  const isLeft = signed + keyless > 0;
  const calls = {
    ...state.calls,
    byNode,
    signed,
    keyless,
    callers: Math.min(state.calls.callers, signed),
    lastGoodAt: isLeft ? state.calls.lastGoodAt : null,
  };
  const { checkedAt } = state.tracks.Worked;
  const track = moveTrack(state.tracks.Worked, at, {
    ...verdict(calls, policy),
    checkedAt,
    expiresAt: null,
    evidence: [id],
  });
  return { ...state, calls, tracks: { ...state.tracks, Worked: track } };
}

/** A node writes the times of its receipts itself: none is later than the log, and none turns the clock back. */
function latest(before: number | null, next: number | null, now: number): number | null {
  if (next === null) return before;
  return Math.max(before ?? 0, Math.min(next, now));
}

function verdict(calls: ReleaseState['calls'], policy: Policy): Pick<Track, 'status' | 'reason' | 'message'> {
  const recent = calls.recentGood + calls.recentFailed;
  if (recent >= policy.worked.minimumCalls && calls.recentFailed / recent >= policy.worked.failureShare)
    return say('False', 'RecentFailures', `${conditionReasons.RecentFailures.sentence} ${calls.failed} failed in all.`);
  const last = calls.lastGoodAt === null ? '' : `, last at ${new Date(calls.lastGoodAt).toISOString()}`;
  if (calls.signed > 0)
    return say(
      'True',
      'CalledIndependently',
      `${count(calls.signed, 'signed call')} by ${count(calls.callers, 'independent caller')}${last}.`,
    );
  if (calls.keyless > 0)
    return say(
      'True',
      'CalledWithoutKey',
      `${count(calls.keyless, 'call')} without a key${last}; nobody signed them, so they prove less.`,
    );
  if (calls.own > 0) return say('Unknown', 'OnlyPublisherCalls', conditionReasons.OnlyPublisherCalls.sentence);
  if (calls.failed > 0)
    return say('False', 'RecentFailures', `${conditionReasons.RecentFailures.sentence} No call has succeeded yet.`);
  return say('Unknown', 'NeverCalled', conditionReasons.NeverCalled.sentence);
}

const say = (status: Track['status'], reason: keyof typeof conditionReasons, message: string) => ({
  status,
  reason,
  message,
});
const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
