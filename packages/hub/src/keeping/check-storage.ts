import type { HubContext } from '../context.ts';
import { epochOf } from './keeper/walrus-network.ts';

/** As expiryOf in the storage package has it. */
const alarmEpochs = 2;

/** For whoever watches this hub: `ok`, or how many files end within two epochs. Null when nothing ends here. */
export async function checkStorage(ctx: Pick<HubContext, 'db' | 'clock' | 'walrusKeeper'>): Promise<string | null> {
  if (!ctx.walrusKeeper) return null;
  const { network } = ctx.walrusKeeper.config;
  const { count } = await ctx.db
    .selectFrom('walrus_file')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where((where) =>
      where.or([where('end_epoch', 'is', null), where('end_epoch', '<', epochOf(network, ctx.clock()) + alarmEpochs)]),
    )
    .executeTakeFirstOrThrow();
  const what = count === 1 ? '1 file on Walrus ends' : `${count} files on Walrus end`;
  return count === 0 ? 'ok' : `alarm: ${what} within two epochs, or nobody knows when`;
}
