import { addressOf, signStatement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';

/** Says in a statement of the hub which log and key are its own, unless the last such statement says so already. */
export async function openLog(ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key' | 'tlog'>): Promise<void> {
  const body = { origin: ctx.tlog.key.name, vkey: ctx.tlog.vkey };
  const hub = addressOf(ctx.key);
  await ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const last = await tx
      .selectFrom('statement')
      .select('content')
      .where('subject', '=', hub)
      .where('kind', '=', 'log.opened')
      .where('signer', '=', hub)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    const known = last ? (readJson(last.content).body as Partial<typeof body>) : {};
    if (known.origin === body.origin && known.vkey === body.vkey) return;
    const statement = signStatement({ kind: 'log.opened', subject: hub, body, issuedAt: ctx.clock() }, ctx.key);
    await appendStatement(ctx, tx, statement);
  });
}
