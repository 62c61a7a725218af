import {
  type DayFigure,
  dayMs,
  dayOf,
  mergeDays,
  priceFigure,
  type UsageDay,
  type UsageView,
  usageFormula,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readFigures } from './figures/read-figures.ts';
import { readMoment } from './figures/read-moment.ts';
import { type Asked, findSubject } from './find-subject.ts';

/** The kept figures of a release, a publisher, a node or the network, of one moment of the log. */
export async function viewUsage(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  { days, ...asked }: Asked & { days: number },
): Promise<UsageView> {
  const { of, id, name, ...subject } = await findSubject(ctx, asked);
  const until = dayOf(ctx.clock());
  const from = until - days + 1;
  return ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const figured = await readFigures(tx, subject, { from, until });
      const figure = mergeDays(figured);
      return {
        ...{ kind: of, id, name, from: from * dayMs, until: until * dayMs, ...figure },
        ...{ days: figured.map(describeDay), asOf: await readMoment(tx, subject, { from, until }) },
        ...{ formula: usageFormula, costToForge: priceFigure(figure.trusted.weight) },
      };
    });
}

const describeDay = ({ day, sums, callers }: DayFigure): UsageDay => ({
  ...{ day: day * dayMs, claimed: sums.claimed, evidenced: sums.evidenced, failed: sums.failed },
  ...{ weight: sums.trusted.weight, callers: callers.filter(({ isVoice }) => isVoice).length },
  ...{ relied: sums.relied.trusted, reliers: callers.filter(({ isRelier }) => isRelier).length },
});
