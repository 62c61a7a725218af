import { dayMs, type UsageDayList } from '@callable/protocol';
import type { HubContext } from '../../context.ts';
import { nameOfDay } from './day-name.ts';

/** The days that are written, newest first. */
export async function listDays(
  { db }: Pick<HubContext, 'db'>,
  { before, limit }: { before: number | null; limit: number },
): Promise<UsageDayList> {
  const rows = await db
    .selectFrom('usage_day')
    .select(['day', 'rows', 'counted', 'size', 'written_at'])
    .where('written', 'is not', null)
    .where('day', '<', before ?? 0x7fff_ffff)
    .orderBy('day', 'desc')
    .limit(limit)
    .execute();
  return {
    days: rows.map(({ day, rows, counted, size, written_at }) => {
      const at = `/v1/usage/days/${nameOfDay(day)}`;
      return {
        ...{ day: day * dayMs, rows: rows ?? 0, writtenAt: written_at ?? 0 },
        ...{
          asOf: { size: size ?? 0, counted: counted ?? 0 },
          csv: `${at}.csv`,
          json: `${at}.json`,
          note: `${at}.note`,
        },
      };
    }),
  };
}
