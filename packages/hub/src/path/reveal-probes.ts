import { setImmediate } from 'node:timers/promises';
import {
  type Address,
  addressOf,
  dayMs,
  type LoggedStatement,
  largestProbeCount,
  listProbes,
  type ProbeReveal,
  readReveal,
  revealFrom,
  settledUntil,
  signStatement,
} from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';

/**
 * Shows the secrets of days of which no report can come any more, each once and in their order, and takes what the log shows already: a hub that
 * was restored knows from there which keys were its own. Returns how many days it showed.
 */
export async function revealProbes(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key' | 'changes'>,
): Promise<number> {
  await followReveals(ctx);
  const days = await ctx.db.selectFrom('probe_day').selectAll().orderBy('day').execute();
  let revealed = 0;
  for (const { day, secret, used } of days) {
    if (revealFrom(day) > ctx.clock()) break;
    const body = { day, secret, keys: Math.min(used, largestProbeCount) };
    if (await revealDay(ctx, body, await deriveAddresses(body))) revealed++;
  }
  if (revealed > 0) ctx.changes.emit({ topic: 'outbox', subject: '' });
  return revealed;
}

/** False where it would count nothing: a later day is settled already. Then the secret is forgotten, and its calls are those of strangers. */
function revealDay(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key'>,
  body: ProbeReveal,
  addresses: readonly Address[],
): Promise<boolean> {
  const hub = addressOf(ctx.key);
  return ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const fact = { kind: 'probes.revealed', subject: hub, body, issuedAt: ctx.clock() };
    const statement = signStatement(fact, ctx.key);
    const last = await readLast(tx);
    const isOf = { hub: ctx.rules.hub, settledUntil: settledUntil(last.day, ctx.clock()) };
    const counts = readReveal({ statement, loggedAt: ctx.clock() }, isOf) !== null;
    if (counts) {
      const { seq } = await appendStatement(ctx, tx, statement);
      await keep(tx, { day: body.day, seq }, addresses);
    }
    await tx.deleteFrom('probe_day').where('day', '=', body.day).execute();
    return counts;
  });
}

/** What the log shows and this database does not have: it was restored, or made anew from the log. */
async function followReveals(ctx: Pick<HubContext, 'db' | 'rules'>): Promise<void> {
  const last = await readLast(ctx.db);
  const { rows } = await sql<{ seq: number; logged_at: number; content: string }>`
    select seq, logged_at, content from statement where kind = 'probes.revealed' and seq > ${last.seq} order by seq`.execute(
    ctx.db,
  );
  for (const { seq, logged_at: loggedAt, content } of rows) {
    const logged: LoggedStatement = { statement: readJson(content as never), loggedAt };
    const settled = settledUntil((await readLast(ctx.db)).day, loggedAt);
    const body = readReveal(logged, { hub: ctx.rules.hub, settledUntil: settled });
    if (!body) continue;
    const addresses = await deriveAddresses(body);
    await ctx.db.transaction().execute((tx) => keep(tx, { day: body.day, seq }, addresses));
  }
}

async function readLast(db: Pick<Transaction<Schema>, 'selectFrom'>): Promise<{ day: number | null; seq: number }> {
  const row = await db.selectFrom('probe_reveal').selectAll().orderBy('day', 'desc').limit(1).executeTakeFirst();
  return row ?? { day: null, seq: -1 };
}

const keysAtOnce = 100;

/** A key takes tens of microseconds, and a day may have a hundred thousand: others are answered in between. */
async function deriveAddresses(body: ProbeReveal): Promise<Address[]> {
  const addresses: Address[] = [];
  for (const address of listProbes(body)) {
    addresses.push(address);
    if (addresses.length % keysAtOnce === 0) await setImmediate();
  }
  return addresses;
}

async function keep(
  tx: Transaction<Schema>,
  { day, seq }: { day: number; seq: number },
  addresses: readonly Address[],
): Promise<void> {
  await tx
    .insertInto('probe_reveal')
    .values({ day, seq })
    .onConflict((conflict) => conflict.column('day').doNothing())
    .execute();
  await sql`
    insert into probe_caller (address, created_at, revealed)
    select address, ${day * dayMs}::bigint, true from unnest(${addresses}::text[]) as given (address)
    on conflict (address) do update set revealed = true`.execute(tx);
}
