import {
  type DayFigure,
  dayMs,
  dayOf,
  figureDays,
  formatReleaseRef,
  hexOfDigest,
  mergeDays,
  priceFigure,
  type UsageDay,
  type UsageView,
  usageFormula,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findRelease } from '../releases/find-release.ts';
import { readFacts } from './read-facts.ts';
import { readUsage } from './read-usage.ts';

/** The figures of a release, of one moment of the log: rows and what is said of keys are read in one snapshot. */
export async function viewUsage(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  { release: asked, days }: { release: string; days: number },
): Promise<UsageView> {
  const found = await findRelease(ctx, asked);
  const { digest, publisher } = found;
  const today = dayOf(ctx.clock());
  const from = today - days + 1;
  const release = hexOfDigest(digest);
  return ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const rows = await readUsage(tx, { release, from, until: today });
      const { facts, asOf } = await readFacts(tx, { release, publisher }, rows.callers);
      const figured = figureDays(rows, facts).sort((a, b) => a.day - b.day);
      const figure = mergeDays(figured);
      return {
        ...{ kind: 'release', id: digest, name: formatReleaseRef(found) },
        ...{ from: from * dayMs, until: today * dayMs, ...figure, days: figured.map(describeDay), asOf },
        ...{ formula: usageFormula, costToForge: priceFigure(figure.trusted.weight) },
      };
    });
}

const describeDay = ({ day, sums, callers }: DayFigure): UsageDay => ({
  ...{ day: day * dayMs, claimed: sums.claimed, evidenced: sums.evidenced, failed: sums.failed },
  ...{ weight: sums.trusted.weight, callers: callers.filter(({ isVoice }) => isVoice).length },
  ...{ relied: sums.relied.trusted, reliers: callers.filter(({ isRelier }) => isRelier).length },
});
