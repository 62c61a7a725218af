import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { makeDirectory } from '@callable/disk';
import { formatNote, signNote, type UsageView } from '@callable/protocol';
import type { HubContext } from '../../context.ts';
import { writeFiles } from '../../log/directory/write-files.ts';
import { csvOf, directoryOfDays } from './day-files.ts';
import { nameOfDay } from './day-name.ts';
import { rowOf } from './day-row.ts';
import { jsonOfCsv } from './json-of-csv.ts';
import type { DaySums } from './read-day-figures.ts';

type Moment = Pick<UsageView['asOf'], 'counted' | 'size'>;
const pieceLength = 1 << 16;

/**
 * Writes the rows of a day and, after them, the note that signs their hashes. A kill between leaves a note that does not fit, until the
 * next look. Returns how many rows there are.
 */
export async function writeDayFiles(
  { tlog }: Pick<HubContext, 'tlog'>,
  day: number,
  figures: AsyncIterable<DaySums>,
  asOf: Moment,
): Promise<number> {
  const name = nameOfDay(day);
  const draft = `${csvOf({ tlog }, day)}.draft`;
  await makeDirectory(directoryOfDays({ tlog }));
  const { sha256, rows } = await writeCsv(draft, name, figures);
  const json = createHash('sha256');
  for await (const piece of jsonOfCsv(createReadStream(draft, 'utf8') as AsyncIterable<string>)) json.update(piece);
  await rename(draft, csvOf({ tlog }, day));
  const text = [
    // attack: this key signs checkpoints too. The second line of one is a number, and the first its name.
    ...[
      'callable.usage-day/v1',
      tlog.key.name,
      name,
      `as of ${asOf.size} entries, files up to ${asOf.counted} counted`,
    ],
    // As sha256sum --check reads them.
    ...[`${sha256}  ${name}.csv`, `${json.digest('hex')}  ${name}.json`, ''],
  ].join('\n');
  const note = formatNote({ text, signatures: [signNote(text, { name: tlog.key.name, secret: tlog.secret })] });
  await writeFiles(directoryOfDays({ tlog }), [{ path: `${name}.note`, bytes: Buffer.from(note) }]);
  return rows;
}

async function writeCsv(path: string, day: string, figures: AsyncIterable<DaySums>) {
  const hash = createHash('sha256');
  const file = await open(path, 'w', 0o644);
  let rows = 0;
  let text = '';
  const flush = async () => {
    hash.update(text);
    await file.writeFile(text);
    text = '';
  };
  try {
    for await (const figure of figures) {
      const row = rowOf(day, figure);
      if (rows === 0) text += `${Object.keys(row).join(',')}\n`;
      text += `${Object.values(row).join(',')}\n`;
      rows++;
      if (text.length >= pieceLength) await flush();
    }
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), rows };
}
