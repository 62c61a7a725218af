import { whysExcluded } from '@callable/protocol';
import type { DaySums } from './read-day-figures.ts';

/** What a row of a day says: the same names in CSV and JSON. None of the values can hold a comma, a quote or a formula. */
export function rowOf(day: string, { kind, id, sums, counts }: DaySums): Record<string, string | number> {
  const { trusted, relied, outcomes } = sums;
  return {
    ...{ day, kind, id, claimed: sums.claimed, evidenced: sums.evidenced },
    ...{ weight: trusted.weight, calls: trusted.calls, network_days: trusted.networkDays, callers: counts.voices },
    independent: counts.independent,
    ...{ relied_evidenced: relied.evidenced, relied: relied.trusted, reliers: counts.reliers },
    ...{ right_evidenced: outcomes.evidenced.right, wrong_evidenced: outcomes.evidenced.wrong },
    ...{ right: outcomes.trusted.right, wrong: outcomes.trusted.wrong, judges: counts.judges },
    ...{ failed: sums.failed, cut: sums.cut },
    ...Object.fromEntries(whysExcluded.map((why) => [`excluded_${why}`, sums.excluded[why]])),
  };
}
