/** Of the calls of one caller in one day so many have weight. */
export const mostWeighed = 1_000;
/** Days after its first call in the log until a key has its whole weight. */
export const fullAgeDays = 7;

/** Thousandths of log2(1 + calls). No value is near half a thousandth, so every engine rounds alike; a test holds their sum. */
const logs = Array.from({ length: mostWeighed + 1 }, (_, calls) => Math.round(1000 * Math.log2(1 + calls)));

/** The most that one voice weighs in one day, thousandths. */
export const largestWeight = logs[mostWeighed] as number;

/** What the calls of a caller on one day weigh, thousandths; `ageDays` since the first day on which the log holds a call of its key. */
export function weighCaller(calls: number, ageDays: number): number {
  const age = Math.max(0, Math.min(ageDays, fullAgeDays));
  return Math.floor(((logs[Math.min(calls, mostWeighed)] as number) * age) / fullAgeDays);
}
