import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubContext } from '../../context.ts';
import { dayOfName, nameOfDay } from './day-name.ts';

/** Beside the log, which whoever copies it finds as well. */
export const directoryOfDays = ({ tlog }: Pick<HubContext, 'tlog'>): string => join(tlog.directory, 'usage');

export const csvOf = (ctx: Pick<HubContext, 'tlog'>, day: number) =>
  join(directoryOfDays(ctx), `${nameOfDay(day)}.csv`);
/** Written after it: where it stands, all of the day does. */
export const noteOf = (ctx: Pick<HubContext, 'tlog'>, day: number) =>
  join(directoryOfDays(ctx), `${nameOfDay(day)}.note`);

export async function listDayFiles(ctx: Pick<HubContext, 'tlog'>): Promise<number[]> {
  const names = await readdir(directoryOfDays(ctx)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => (name.endsWith('.note') ? (dayOfName(name.slice(0, -'.note'.length)) ?? []) : []));
}
