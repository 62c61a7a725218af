import { CallableError, type CallSignal, type Digest, type ReleaseView, type WakeEstimate } from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';
import type { RateLimiter } from '../limits/rate-limiter.ts';

/** Calls that wait for a release nobody holds yet. */
export type ColdWaits = {
  /**
   * Resolves when a node holds the release. Has it fetched, once for all who wait. Throws NoNodeHoldsModel with the estimate where it
   * takes longer than the caller waits, or where too many wait, and the reason of the signal. Until the gateway has settled
   * only a crowd and the signal end the wait: who holds the release may be about to dial.
   */
  untilHeld(release: ReleaseView, caller: WaitingCaller): Promise<void>;
  /** Has another node fetch a release whose callers wait at those that hold it; once in a while, and behind everybody's back. */
  wakeAnother(release: Digest): void;
  /** What fetching it is reckoned to cost, milliseconds; null before somebody asked. */
  coldMs(release: Digest): number | null;
};

export type WaitingCaller = { network: string; remainingMs(): number; signal: CallSignal };

/** attack: calls of a release that nobody can fetch hold connections and bodies. */
const most = { ofRelease: 64, ofNetwork: 32, ofAll: 1024 };
/** An estimate is asked for anew after this long. */
const estimateMs = 10_000;
/** Another copy is asked for so often at most. */
const anotherMs = 30_000;
/** While the gateway settles the hub is asked anew this often, where it named nobody. */
const againMs = 1_000;
/** What is announced on a link says so to nobody: one look for all who wait. */
const lookMs = 50;

type Known = { at: number; estimate: WakeEstimate };
type Wait = { release: Digest; network: string; endsAt: number; settle(isHeld: boolean): void };

export function createColdWaits(parts: {
  clock: () => number;
  /** Of wakes by the network of the caller: each may have releases fetched onto disks of others. */
  rates: RateLimiter;
  isHeld: (release: Digest) => boolean;
  /** By the clock: nodes and hub that started with this gateway, or lost it when it ended, are there from then on. */
  settledAt: () => number;
  wake: (release: Digest) => Promise<WakeEstimate>;
}): ColdWaits {
  const { clock } = parts;
  const known = new BoundedMap<Digest, Known>(10_000);
  const asking = new Map<Digest, Promise<WakeEstimate>>();
  const askedAnother = new BoundedMap<Digest, number>(10_000);
  const waits = new Set<Wait>();
  let looking: NodeJS.Timeout | null = null;

  function estimateOf(release: Digest): Promise<WakeEstimate> {
    const last = known.get(release);
    if (last && clock() - last.at < estimateMs) return Promise.resolve(last.estimate);
    const asked =
      asking.get(release) ??
      parts
        .wake(release)
        .then((estimate) => {
          // Where nobody could be asked somebody may come any moment.
          if (estimate.nodes > 0) known.set(release, { at: clock(), estimate });
          return estimate;
        })
        .finally(() => asking.delete(release));
    asking.set(release, asked);
    return asked;
  }

  function look(): void {
    const now = clock();
    for (const wait of waits) {
      const isHeld = parts.isHeld(wait.release);
      if (isHeld || now >= wait.endsAt) wait.settle(isHeld);
    }
    if (waits.size > 0 || looking === null) return;
    clearInterval(looking);
    looking = null;
  }

  function refuseCrowd(release: ReleaseView, network: string): void {
    const count = (of: (wait: Wait) => boolean) => [...waits].filter(of).length;
    const isCrowd =
      waits.size >= most.ofAll ||
      count((wait) => wait.release === release.digest) >= most.ofRelease ||
      count((wait) => wait.network === network) >= most.ofNetwork;
    if (isCrowd) throw notHeld(release, known.get(release.digest)?.estimate ?? null, 'Many calls wait already.');
  }

  /** Whether somebody holds it; else it is `endsAt`. */
  function wait(release: Digest, { network, signal }: WaitingCaller, endsAt: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = () => {
        waits.delete(entry);
        signal.removeEventListener('abort', leave);
      };
      const leave = () => {
        end();
        reject(signal.reason);
      };
      const entry: Wait = {
        release,
        network,
        endsAt,
        settle(isHeld) {
          end();
          resolve(isHeld);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      waits.add(entry);
      looking ??= setInterval(look, lookMs).unref();
    });
  }

  /** What it is reckoned to cost, and why a caller need not wait for it. */
  async function askHub(
    release: ReleaseView,
    { remainingMs }: WaitingCaller,
  ): Promise<{ estimate: WakeEstimate | null; refusal: CallableError | null }> {
    try {
      const estimate = await estimateOf(release.digest);
      if (estimate.nodes === 0)
        return {
          estimate,
          refusal: notHeld(release, null, 'No node that has room for it is connected at the moment.'),
        };
      const isTooLong = estimate.seconds * 1000 > remainingMs();
      const why = 'It is being fetched, which takes longer than this call waits.';
      return { estimate, refusal: isTooLong ? notHeld(release, estimate, why) : null };
    } catch (cause) {
      const why = 'The hub could not be asked to have it fetched.';
      return { estimate: null, refusal: notHeld(release, null, why, cause) };
    }
  }

  return {
    async untilHeld(release, caller) {
      refuseCrowd(release, caller.network);
      if (!known.get(release.digest) && !asking.has(release.digest) && parts.rates.take(caller.network)?.ok === false)
        throw notHeld(release, null, 'Your network has had many releases fetched lately.');
      while (true) {
        const { estimate, refusal } = await askHub(release, caller);
        if (caller.signal.aborted) throw caller.signal.reason;
        const now = clock();
        if (refusal && now >= parts.settledAt()) throw refusal;
        // Many may have come while the hub was asked.
        refuseCrowd(release, caller.network);
        const endsAt = refusal ? Math.min(now + againMs, parts.settledAt()) : Number.POSITIVE_INFINITY;
        const isHeld = await wait(release.digest, caller, endsAt).catch((reason: unknown) => {
          if (!(reason instanceof CallableError) || reason.code !== 'CallTimedOut') throw reason;
          throw refusal ?? notHeld(release, estimate, 'It is still being fetched.');
        });
        if (isHeld) return;
      }
    },
    wakeAnother(release) {
      if (clock() - (askedAnother.get(release) ?? Number.NEGATIVE_INFINITY) < anotherMs) return;
      askedAnother.set(release, clock());
      // Nobody waits for it: those that hold the release answer meanwhile.
      estimateOf(release).catch(() => undefined);
    },
    coldMs(release) {
      const last = known.get(release);
      return last ? last.estimate.seconds * 1000 : null;
    },
  };
}

const retryUnknownSeconds = 5;

function notHeld(release: ReleaseView, estimate: WakeEstimate | null, why: string, cause?: unknown): CallableError {
  const told = estimate ? ` It is reckoned to answer in ${estimate.seconds} s: ${estimate.basis}` : '';
  return new CallableError('NoNodeHoldsModel', `No connected node holds this release. ${why}${told}`, {
    ...(cause === undefined ? {} : { cause }),
    details: {
      release: release.reference,
      conditions: release.conditions,
      ...(estimate ? { estimate: { seconds: estimate.seconds, basis: estimate.basis } } : {}),
      retryAfterSeconds: estimate ? Math.max(1, Math.ceil(estimate.seconds)) : retryUnknownSeconds,
    },
  });
}
