import { join } from 'node:path';
import { damaged, orDamaged } from './damaged.ts';
import { readLines } from './read-bytes.ts';

/** One file of a backup. */
export type Part = { path: string; size: number; sha256: string };

export const partListName = 'parts.jsonl';

/** Every path a part may have: a backup from a stranger writes nowhere else. */
const partPath =
  /^(database\/[a-z][a-z0-9_]*\.copy|files\/[0-9a-f]{2}\/[0-9a-f]{64}|files\.txt|log\/(checkpoint|log-head|log-later-head|log-successors|files)|node\/receipts-0x[0-9a-f]{40}\.json|keys\.json)$/;

export const tablePart = (table: string) => `database/${table}.copy`;
export const filePart = (sha256: string) => `files/${sha256.slice(0, 2)}/${sha256}`;
export const fileListPart = 'files.txt';
export const logFilesPart = 'log/files';
export const keysPart = 'keys.json';

/** The parts of a backup in the order in which they were written, one at a time: there may be millions. */
export async function* listParts(directory: string): AsyncGenerator<Part> {
  const lines = readLines(join(directory, partListName));
  for (;;) {
    const { done, value } = await orDamaged(partListName, () => lines.next());
    if (done) return;
    const part = parsePart(value);
    if (!part) throw damaged(`${partListName} holds a line that is no part`);
    yield part;
  }
}

function parsePart(line: string): Part | null {
  try {
    const { path, size, sha256 } = JSON.parse(line) as Part;
    return partPath.test(path) && Number.isSafeInteger(size) && /^[0-9a-f]{64}$/.test(sha256)
      ? { path, size, sha256 }
      : null;
  } catch {
    return null;
  }
}
