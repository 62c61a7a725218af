import type { Digest } from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';

/** Whether a release runs on its own vector at present; `unknown` blames nobody. */
export type VectorVerdict = 'runs' | 'fails' | 'unknown';

/** What is found out about failing calls, and how often: callers who send what fails are free. */
export type VectorRuns = {
  /** At most one run of a release in a minute, whose verdict holds for that long and for all who ask meanwhile. */
  verdictOf(release: Digest, run: () => Promise<VectorVerdict>): Promise<VectorVerdict>;
  /** Whether an input that cost a node the process of its model may be shown to another node; once in a minute. */
  mayRisk(release: Digest): boolean;
};

const holdsMs = 60_000;
const mostReleases = 10_000;
/** A vector may have 16 MiB, and a slow one takes its time. */
const mostAtOnce = 4;

export function createVectorRuns(clock: () => number): VectorRuns {
  const verdicts = new BoundedMap<Digest, { at: number; verdict: Promise<VectorVerdict> }>(mostReleases);
  const risks = new BoundedMap<Digest, number>(mostReleases);
  let running = 0;
  return {
    verdictOf(release, run) {
      const known = verdicts.get(release);
      if (known && clock() - known.at < holdsMs) return known.verdict;
      if (running >= mostAtOnce) return Promise.resolve('unknown');
      running++;
      const verdict = run()
        .catch((): VectorVerdict => 'unknown')
        .finally(() => {
          running--;
        });
      verdicts.set(release, { at: clock(), verdict });
      return verdict;
    },
    mayRisk(release) {
      const last = risks.get(release);
      if (last !== undefined && clock() - last < holdsMs) return false;
      risks.set(release, clock());
      return true;
    },
  };
}
