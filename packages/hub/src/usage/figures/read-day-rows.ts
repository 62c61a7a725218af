import type { Address, UsageCaller, UsageHour, UsageWord } from '@callable/protocol';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Schema } from '../../db/schema.ts';
import { kindCodes, type Subject } from './subject.ts';

type Rows = { hours: UsageHour[]; callers: UsageCaller[]; words: UsageWord[] };

/** The rows of one day that a subject is figured from, some thousands at once: a day of the network may have millions. */
export async function* readDayRows(tx: Transaction<Schema>, subject: Subject, day: number): AsyncGenerator<Rows> {
  for await (const hours of readParts<HourRow>(tx, 'usage_hour', subject, day))
    yield { hours: hours.map(hourOf), callers: [], words: [] };
  for await (const callers of readParts<CallerRow>(tx, 'usage_caller', subject, day))
    yield { hours: [], callers: callers.map(callerOf), words: [] };
  for await (const words of readParts<WordRow>(tx, 'usage_word', subject, day))
    yield { hours: [], callers: [], words: words.map(wordOf) };
}

type RowTable = 'usage_hour' | 'usage_caller' | 'usage_word';

const rowsAtOnce = 5_000;

async function* readParts<Row>(
  tx: Transaction<Schema>,
  table: RowTable,
  subject: Subject,
  day: number,
): AsyncGenerator<Row[]> {
  const from = sql`select ${sql.table(table)}.* from ${sql.table(table)} ${whoseRows(table, subject)} and day = ${day}`;
  await sql`declare usage_rows no scroll cursor for ${from}`.execute(tx);
  try {
    for (;;) {
      const { rows } = await sql<Row>`fetch ${sql.lit(rowsAtOnce)} from usage_rows`.execute(tx);
      if (rows.length > 0) yield rows;
      if (rows.length < rowsAtOnce) return;
    }
  } finally {
    await sql`close usage_rows`.execute(tx);
  }
}

function whoseRows(table: RowTable, { kind, subject }: Subject): RawBuilder<unknown> {
  const release = sql.ref(`${table}.release`);
  if (kind === kindCodes.release) return sql`where release = ${subject}`;
  if (kind === kindCodes.node) return sql`where node = ${subject}`;
  if (kind === kindCodes.network) return sql`where true`;
  return sql`join (select decode(substr(digest, 8), 'hex') as digest from release
    where publisher = ${`0x${subject.toString('hex')}`}) as own on own.digest = ${release} where true`;
}

type HourRow = Omit<UsageHour, 'release' | 'node'> & { day: number; release: Buffer; node: Buffer };
type WhoseBytes = Record<'release' | 'caller' | 'principal' | 'node' | 'gateway' | 'tag', Buffer>;
type CallerRow = Pick<UsageCaller, 'day' | 'calls' | 'relied'> & WhoseBytes;
type WordRow = Pick<UsageWord, 'day' | 'relied'> &
  WhoseBytes &
  Record<'call_day' | 'came_right' | 'came_wrong', number>;

const addressOf = (bytes: Buffer) => `0x${bytes.toString('hex')}` as Address;
const orNone = (bytes: Buffer): Address | '' => (bytes.length > 0 ? addressOf(bytes) : '');

const hourOf = ({ day: _, release, node, ...row }: HourRow): UsageHour => ({
  ...{ ...row, release: release.toString('hex'), node: orNone(node) },
});

const whoseOf = ({ release, caller, principal, node, gateway, tag }: WhoseBytes) => ({
  ...{ release: release.toString('hex'), tag: tag.toString('hex'), principal: orNone(principal) },
  ...{ caller: addressOf(caller), node: addressOf(node), gateway: addressOf(gateway) },
});

const callerOf = (row: CallerRow): UsageCaller => ({
  ...{ ...whoseOf(row), day: row.day, calls: row.calls, relied: row.relied },
});

const wordOf = (row: WordRow): UsageWord => ({
  ...{ ...whoseOf(row), day: row.day, callDay: row.call_day },
  ...{ relied: row.relied, right: row.came_right, wrong: row.came_wrong },
});
