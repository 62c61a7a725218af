import type { Digest } from '@callable/protocol';

/** Releases this node does not run for now, because they kept killing their process. */
export type Quarantine = {
  recordCrash(release: Digest, how: string): void;
  /** Why the release is not run at present, or null when it is. */
  reasonOf(release: Digest): string | null;
  list(): { release: Digest; reason: string }[];
};

const crashes = { allowed: 3, windowMs: 10 * 60_000 };
/** The first time; each further time doubles it, up to a day. */
const firstMs = 10 * 60_000;
const longestMs = 24 * 3_600_000;

/**
 * One crash costs its own call and nothing else; the third within ten minutes takes the release out of service here.
 * Kept in memory only: a restart of the node is the operator's way of giving everything another chance.
 */
export function createQuarantine(clock: () => number, onChange: () => void): Quarantine {
  const records = new Map<Digest, { at: number[]; times: number; until: number; how: string }>();

  const describe = (record: { until: number; how: string }) =>
    `${crashes.allowed} crashes within ${crashes.windowMs / 60_000} minutes, the last one: ${record.how.replace(/\.$/, '')}. Tried again after ${new Date(record.until).toISOString()}.`.slice(
      0,
      300,
    );

  return {
    recordCrash(release, how) {
      const now = clock();
      const record = records.get(release) ?? { at: [], times: 0, until: 0, how };
      record.at = [...record.at.filter((at) => now - at < crashes.windowMs), now];
      record.how = how.slice(0, 150);
      records.set(release, record);
      if (record.at.length < crashes.allowed) return;
      record.until = now + Math.min(longestMs, firstMs * 2 ** record.times);
      record.times += 1;
      record.at = [];
      onChange();
    },
    reasonOf(release) {
      const record = records.get(release);
      return record && record.until > clock() ? describe(record) : null;
    },
    list() {
      const now = clock();
      return [...records]
        .filter(([, record]) => record.until > now)
        .map(([release, record]) => ({ release, reason: describe(record) }));
    },
  };
}
