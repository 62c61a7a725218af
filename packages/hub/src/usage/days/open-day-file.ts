import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CallableError } from '@callable/protocol';
import type { HubContext } from '../../context.ts';
import { csvOf, noteOf } from './day-files.ts';
import { dayOfName } from './day-name.ts';
import { jsonOfCsv } from './json-of-csv.ts';

const types = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  note: 'text/plain; charset=utf-8',
};
type Asked = { name: string; ending: keyof typeof types; isHead: boolean };

/** The file of a day to be sent, of which HEAD reads nothing. The JSON is made while it is sent, and nobody knows how long it is. */
export async function openDayFile(
  ctx: Pick<HubContext, 'tlog'>,
  { name, ending, isHead }: Asked,
): Promise<{ bytes: Readable | null; size: number | null; type: string }> {
  const day = dayOfName(name);
  if (day === null) throw new CallableError('RequestInvalid', `${name} is no day. One is written 2026-11-30.`);
  const path = ending === 'note' ? noteOf(ctx, day) : csvOf(ctx, day);
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new CallableError('UsageDayNotWritten', `There are no rows of ${name} here.`);
  });
  const { size } = await file.stat();
  const type = types[ending];
  const told = ending === 'json' ? null : size;
  if (isHead) {
    await file.close();
    return { bytes: null, size: told, type };
  }
  if (ending !== 'json') return { bytes: file.createReadStream(), size: told, type };
  const csv = file.createReadStream({ encoding: 'utf8' });
  const json = Readable.from(jsonOfCsv(csv as AsyncIterable<string>), { objectMode: false });
  // Who leaves before the first byte leaves a generator that never began, and closes nothing.
  json.once('close', () => csv.destroy());
  return { bytes: json, size: told, type };
}
