import { dayMs, priceFigure, type RankingView, type UsageDay, type UsageView, usageFormula } from '@callable/protocol';

const until = Date.UTC(2026, 10, 30);
const from = until - 6 * dayMs;
const asOf = { size: 812, counted: 4, settledUntil: until };
const excluded: UsageView['excluded'] = {
  ...{ keyless: 12, repeated: 0, probes: 1_602, convicted: 0, strangers: 0, own: 338, delegates: 0, young: 1 },
  beyond: 0,
};

export const sampleDay = (daysAgo: number, some: Partial<UsageDay> = {}): UsageDay => ({
  day: until - daysAgo * dayMs,
  ...{ claimed: 40, evidenced: 30, weight: 12_345, callers: 3, relied: 2, reliers: 1, failed: 0 },
  ...some,
});

/** What a hub answers of a week of use with days between on which nobody called. */
export const sampleUsage = (some: Partial<UsageView> = {}): UsageView => ({
  ...{ kind: 'network', id: '', name: null, from, until, claimed: 80, evidenced: 60 },
  trusted: { weight: 24_690, calls: 50, callers: 3, networkDays: 4 },
  relied: { evidenced: 5, trusted: 4, callers: 1 },
  outcomes: { evidenced: { right: 6, wrong: 2 }, trusted: { right: 3, wrong: 1 }, callers: 2 },
  callers: { independent: 3, medianAgeDays: 9, largestShare: 612 },
  ...{ excluded, failed: 1, cut: 0, days: [sampleDay(6), sampleDay(1, { relied: 4 })], asOf, formula: usageFormula },
  costToForge: priceFigure(24_690),
  ...some,
});

export const sampleRanking = (
  kind: RankingView['kind'],
  ranked: RankingView['ranked'],
  some: Partial<RankingView> = {},
): RankingView => ({
  ...{ kind, by: 'use', from, until, ranked, all: 1_377, used: ranked.length, excluded, asOf, formula: usageFormula },
  ...some,
});
