import type { DayFigure, UsageKind } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { type JsonText, readJson } from '../../db/json-text.ts';
import type { Schema } from '../../db/schema.ts';
import { countPacked } from '../figures/pack-callers.ts';
import { kindCodes } from '../figures/subject.ts';

/** One row of a day: a digest, an address, or no id for the network. */
export type DaySums = {
  kind: UsageKind;
  id: string;
  sums: DayFigure['sums'];
  counts: ReturnType<typeof countPacked>;
};

const rowsAtOnce = 1_000;
const kinds = Object.keys(kindCodes) as UsageKind[];

/** The kept figures of a day: releases, publishers, nodes, the network, each by id. Some at once, so that memory is flat. */
export async function* readDayFigures(tx: Transaction<Schema>, day: number): AsyncGenerator<DaySums> {
  await sql`declare usage_day_rows no scroll cursor for
    select kind, encode(subject, 'hex') as hex, sums, callers from usage_figure where day = ${day} order by kind, subject`.execute(
    tx,
  );
  for (;;) {
    const { rows } = await sql<Row>`fetch ${sql.lit(rowsAtOnce)} from usage_day_rows`.execute(tx);
    for (const { kind, hex, sums, callers } of rows) {
      const name = kinds[kind] as UsageKind;
      const prefix = { release: 'sha256:', publisher: '0x', node: '0x', network: '' }[name];
      yield { kind: name, id: prefix + hex, sums: readJson(sums), counts: countPacked(callers) };
    }
    if (rows.length < rowsAtOnce) break;
  }
  await sql`close usage_day_rows`.execute(tx);
}

type Row = { kind: number; hex: string; sums: JsonText<DayFigure['sums']>; callers: Buffer };
