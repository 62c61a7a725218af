import { type DayCaller, type DayFigure, emptySums, whysExcluded } from './figure-day.ts';
import type { UsageFigure } from './usage-figure.ts';

/** A caller under whatever name whoever merges has for it. */
export type NamedCaller = Omit<DayCaller, 'caller'> & { caller: string };

/** The figure of several days of one subject. Sums add up; callers are each counted once. */
export function mergeDays(days: Iterable<NamedDay>): UsageFigure {
  const merge = openMerge();
  for (const day of days) merge.add(day);
  return merge.close();
}

type NamedDay = Omit<DayFigure, 'callers'> & { callers: readonly NamedCaller[] };

/** Days, or parts of days that hold whole networks, as they come: whoever has a hundred thousand subjects keeps no list for each. */
export function openMerge(): { add(day: NamedDay): void; close(): UsageFigure } {
  const sums = emptySums();
  const callers = new Map<string, NamedCaller>();
  let lastDay = 0;
  return {
    add({ day, sums: more, callers: some }) {
      addTo(sums, more);
      for (const one of some) {
        if (one.calls > 0) lastDay = Math.max(lastDay, day);
        const known = callers.get(one.caller);
        if (!known) callers.set(one.caller, { ...one });
        else {
          known.calls += one.calls;
          known.isVoice ||= one.isVoice;
          known.isRelier ||= one.isRelier;
          known.isJudge ||= one.isJudge;
        }
      }
    },
    close: () => describeAll(sums, [...callers.values()], lastDay),
  };
}

const describeAll = (sums: Sums, all: readonly NamedCaller[], lastDay: number): UsageFigure => ({
  ...sums,
  trusted: { ...sums.trusted, callers: all.filter(({ isVoice }) => isVoice).length },
  relied: { ...sums.relied, callers: all.filter(({ isRelier }) => isRelier).length },
  outcomes: { ...sums.outcomes, callers: all.filter(({ isJudge }) => isJudge).length },
  callers: describeCallers(
    all.filter(({ calls }) => calls > 0),
    lastDay,
  ),
});

type Sums = DayFigure['sums'];

function addTo(sums: Sums, more: Sums): void {
  sums.claimed += more.claimed;
  sums.evidenced += more.evidenced;
  sums.failed += more.failed;
  sums.cut += more.cut;
  sums.trusted.weight += more.trusted.weight;
  sums.trusted.calls += more.trusted.calls;
  sums.trusted.networkDays += more.trusted.networkDays;
  sums.relied.evidenced += more.relied.evidenced;
  sums.relied.trusted += more.relied.trusted;
  for (const within of ['evidenced', 'trusted'] as const) {
    sums.outcomes[within].right += more.outcomes[within].right;
    sums.outcomes[within].wrong += more.outcomes[within].wrong;
  }
  for (const why of whysExcluded) sums.excluded[why] += more.excluded[why];
}

/** How many, how old on the last day on which one of them called, and what the busiest of them has of all their calls. */
function describeCallers(callers: readonly NamedCaller[], lastDay: number): UsageFigure['callers'] {
  const ages = callers.map(({ since }) => lastDay - since).sort((a, b) => a - b);
  let sum = 0;
  let busiest = 0;
  for (const { calls } of callers) {
    sum += calls;
    busiest = Math.max(busiest, calls);
  }
  return {
    independent: callers.length,
    medianAgeDays: ages[Math.floor(ages.length / 2)] ?? null,
    largestShare: sum === 0 ? null : Math.floor((1000 * busiest) / sum),
  };
}
