import { dayMs, dayOf, priceFigure, type UsageView, usageFormula } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readDays, readMerged } from './figures/read-figures.ts';
import { readMoment } from './figures/read-moment.ts';
import { type Asked, findSubject } from './find-subject.ts';

/** The kept figures of a release, a publisher, a node or the network, of one moment of the log. */
export async function viewUsage(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  { days, ...asked }: Asked & { days: number },
): Promise<UsageView> {
  const { of, id, name, ...subject } = await findSubject(ctx, asked);
  const until = dayOf(ctx.clock());
  const these = { from: until - days + 1, until };
  return ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const figure = await readMerged(tx, subject, these);
      return {
        ...{ kind: of, id, name, from: these.from * dayMs, until: until * dayMs, ...figure },
        ...{ days: await readDays(tx, subject, these), asOf: await readMoment(tx, subject, these) },
        ...{ formula: usageFormula, costToForge: priceFigure(figure.trusted.weight) },
      };
    });
}
