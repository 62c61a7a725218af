import { hash } from 'node:crypto';
import { CallableError, type Digest, type ReleaseView } from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';

/** Calls that were under way when a link broke: one that kills nodes must not go round. */
export type LostCalls = {
  /** CallLostTwice when it was under way on two links that broke, for a minute after the second; else null. */
  refusalOf(release: ReleaseView, call: Inputs): CallableError | null;
  lost(release: Digest, call: Inputs, link: object): void;
  /** It was answered: the nodes died of something else. */
  answered(release: Digest, call: Inputs): void;
};

/** What a call asks, whoever asks it. */
type Inputs = { encoding: string; body: Uint8Array };

type Loss = { links: WeakSet<object>; times: number[] };

const rememberedMs = 10 * 60_000;
const refusedMs = 60_000;
const rememberedReleases = 1_000;
/** At a crash all calls of a node are remembered, of which nearly all are innocent. */
const rememberedCalls = 256;

export function createLostCalls(clock: () => number): LostCalls {
  const releases = new BoundedMap<Digest, BoundedMap<string, Loss>>(rememberedReleases);
  const find = (release: Digest, call: Inputs) => {
    // Bodies are hashed only where something was lost lately, which is nearly nowhere.
    const calls = releases.get(release);
    return calls && { calls, key: keyOf(call) };
  };

  return {
    refusalOf({ digest, reference }, call) {
      const found = find(digest, call);
      const times = found?.calls.get(found.key)?.times ?? [];
      const [before, last] = times.slice(-2);
      if (before === undefined || last === undefined || last - before > rememberedMs) return null;
      const leftMs = last + refusedMs - clock();
      if (leftMs <= 0) return null;
      const details = { release: reference, retryAfterSeconds: Math.ceil(leftMs / 1000) };
      return new CallableError('CallLostTwice', undefined, { details });
    },
    lost(release, call, link) {
      const calls = releases.get(release) ?? new BoundedMap<string, Loss>(rememberedCalls);
      releases.set(release, calls);
      const key = keyOf(call);
      const loss = calls.get(key) ?? { links: new WeakSet(), times: [] };
      // The same inputs from many callers break with one link once.
      if (!loss.links.has(link)) loss.times = [...loss.times.slice(-1), clock()];
      loss.links.add(link);
      calls.set(key, loss);
    },
    answered(release, call) {
      const found = find(release, call);
      found?.calls.delete(found.key);
    },
  };
}

const keyOf = ({ body, encoding }: Inputs) => `${encoding} ${hash('sha256', body, 'base64')}`;
