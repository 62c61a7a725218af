import { dayMs, dayOf, figureUsage, hexOfDigest, priceFigure, type UsageView, usageFormula } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findRelease } from '../releases/find-release.ts';
import { readFacts } from './read-facts.ts';
import { readUsage } from './read-usage.ts';

/** The figures of a release, of one moment of the log: rows and what is said of keys are read in one snapshot. */
export async function viewUsage(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  { release: asked, days }: { release: string; days: number },
): Promise<UsageView> {
  const { digest, publisher } = await findRelease(ctx, asked);
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
      const figure = figureUsage(rows, facts);
      return {
        ...{ release: digest, from: from * dayMs, until: today * dayMs, ...figure, asOf },
        ...{ formula: usageFormula, costToForge: priceFigure(figure.trusted.weight) },
      };
    });
}
