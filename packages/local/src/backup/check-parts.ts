import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { hashFile } from '@callable/disk';
import type { BackupManifest } from './backup-manifest.ts';
import { damaged, orDamaged } from './damaged.ts';
import {
  fileListPart,
  filePart,
  keysPart,
  listParts,
  logFilesPart,
  type Part,
  partListName,
  tablePart,
} from './part.ts';
import { readBytes } from './read-bytes.ts';
import { RowCount } from './row-count.ts';

type Facts = Pick<BackupManifest, 'parts' | 'keys'> & { database: Pick<BackupManifest['database'], 'tables'> };

/**
 * Reads every part from the disk again and throws BackupDamaged unless each is what was written, and each table has the
 * rows that were saved. Memory does not grow with the backup.
 */
export async function checkParts(
  directory: string,
  facts: Facts,
  { signal, onBytes }: { signal: AbortSignal; onBytes: (bytes: number) => void },
): Promise<void> {
  const list = await hashPart(directory, partListName, signal);
  if (list.sha256 !== facts.parts.sha256) throw damaged(`${partListName} is not the list that was written`);
  const tables = new Map(facts.database.tables.map((table) => [tablePart(table.name), table]));
  const needed = new Set([...tables.keys(), fileListPart, logFilesPart]);
  if (facts.keys.kept === 'encrypted') needed.add(keysPart);
  let [count, bytes] = [0, 0];
  for await (const part of listParts(directory)) {
    signal.throwIfAborted();
    const table = tables.get(part.path);
    const rows = table ? new RowCount(part.path, table) : null;
    const found = rows ? await readRows(directory, part, rows) : await hashPart(directory, part.path, signal);
    if (found.sha256 !== part.sha256 || found.size !== part.size) throw damaged(`${part.path} was changed or cut`);
    if (part.path.startsWith('files/') && part.path !== filePart(part.sha256))
      throw damaged(`${part.path} does not have the bytes of its name`);
    rows?.end();
    needed.delete(part.path);
    count += 1;
    bytes += part.size;
    onBytes(part.size);
  }
  const [first] = needed;
  if (first !== undefined) throw damaged(`${first} is missing`);
  if (count !== facts.parts.count || bytes !== facts.parts.bytes) throw damaged('parts are missing');
}

async function readRows(directory: string, { path }: Part, rows: RowCount): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  await orDamaged(path, async () => {
    for await (const piece of readBytes(join(directory, path))) {
      hash.update(piece);
      rows.take(piece);
      size += piece.length;
    }
  });
  return { sha256: hash.digest('hex'), size };
}

const hashPart = (directory: string, path: string, signal: AbortSignal) =>
  orDamaged(path, () => hashFile(join(directory, path), signal));
