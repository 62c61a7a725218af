import { type Digest, endWithin, type FetchAnswer, type FetchRequest, mostLeasedChunks } from '@callable/protocol';
import { leaseChunks } from '@callable/sdk';
import type { FetchParts } from './fetch-parts.ts';
import type { FetchPlan } from './fetch-plan.ts';
import { isPassing } from './is-passing.ts';

/** Between two requests, milliseconds: what arrives meanwhile is told in one. */
const shortestGapMs = 30;
/** After an answer that brought nothing to do. */
const emptyGapMs = 250;
/** Leases are named again at least this often: they end after fifteen seconds. */
const longestGapMs = 5_000;
const lookAgainMs = 1_000;
/** How long the hub may hold a request of a node that has nothing to do. */
const waitMs = 5_000;
/** Before the hub is asked again after it failed. */
const retryMs = 500;
/** At the end the hub hears what is here now; nobody waits longer than this for it. */
const farewellMs = 2_000;
/** Chunks held by lease at first, and at least. */
const firstLeases = 4;
/** Leases held are about what arrives in this time: a slow node must not keep from others what it cannot fetch soon. */
const leasedAheadMs = 4_000;

/** Keeps asking the hub which chunks to take from where, until all are here. */
export async function followLeases(
  { hub, clock }: Pick<FetchParts, 'hub' | 'clock'>,
  swarm: NonNullable<FetchParts['swarm']>,
  release: Digest,
  plan: FetchPlan,
  signal: AbortSignal,
): Promise<void> {
  const { have, granted, inFlight, dropped, file } = plan;
  const begunAt = clock();
  const hadBefore = have.size;
  const either = AbortSignal.any([signal, plan.finished]);
  let told = -1;
  let canHelp = true;

  const ask = (state: Pick<FetchRequest, 'working' | 'want' | 'waitMs'>, until: AbortSignal) => {
    told = have.size;
    plan.isHubLost = false;
    const own = { file: file.sha256, release, have: have.toHex(), peerUrl: swarm.peerUrl() };
    return leaseChunks(hub, { ...own, ...state, dropped: [...dropped].slice(-64) }, { signal: until });
  };

  const wantedLeases = () => {
    const kept = have.size - hadBefore;
    if (kept === 0) return Math.max(0, firstLeases - granted.length - inFlight.size);
    const perSecond = kept / Math.max(0.001, (clock() - begunAt) / 1000);
    const ahead = Math.max(2, Math.round((perSecond * leasedAheadMs) / 1000));
    return Math.max(0, Math.min(mostLeasedChunks, ahead) - granted.length);
  };

  const isIdle = () => inFlight.size === 0 && granted.length === 0;
  const isHungry = () => granted.length < 2 && have.size + inFlight.size + granted.length < have.length;

  try {
    while (!have.isFull) {
      signal.throwIfAborted();
      if (plan.alone) {
        await plan.nextChange(lookAgainMs);
        continue;
      }
      const working = [...granted, ...inFlight];
      const state = { working, want: wantedLeases(), waitMs: isIdle() ? waitMs : 0 };
      const answer = await ask(state, either).catch((error: unknown) => {
        signal.throwIfAborted();
        if (plan.finished.aborted) return null;
        canHelp = isPassing(error);
        plan.alone ||= !canHelp;
        if (canHelp) plan.lostHub();
        return null;
      });
      const isNew = answer !== null && plan.merge(answer);
      await untilWorthAsking(answer, isNew);
    }
  } finally {
    // Others can have the rest from this node now, or its leases back.
    const nothing = { working: [], want: 0, waitMs: 0 };
    if (canHelp) await ask(nothing, endWithin(farewellMs)).catch(() => undefined);
  }

  async function untilWorthAsking(answer: FetchAnswer | null, isNew: boolean): Promise<void> {
    const askedAt = performance.now();
    const shortest = answer === null ? retryMs : isNew ? shortestGapMs : emptyGapMs;
    for (;;) {
      const passed = performance.now() - askedAt;
      if (have.isFull || plan.alone || signal.aborted || passed >= longestGapMs) return;
      const othersWait = (answer?.fetching ?? 0) > 1 && swarm.peerUrl() !== null && have.size > told;
      const isWorth = plan.isHubLost || isIdle() || isHungry() || othersWait;
      if (passed >= shortest && isWorth) return;
      // Held by the hub itself, an idle node's question needs no pause before it.
      if (isIdle() && answer !== null && passed >= shortestGapMs && !isNew && answer.peers.length === 0) return;
      await plan.nextChange(Math.max(5, (isWorth ? shortest : longestGapMs) - passed));
    }
  }
}
