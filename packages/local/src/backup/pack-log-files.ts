import type { Dirent } from 'node:fs';
import { opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskError } from '@callable/disk';

/**
 * The small files that only the log's directory may have, one after the other, each behind a line `PATH SIZE`: the receipts
 * of batches below `size`, reports of calls that wait for their batch, and logs that have ended. A file each would be a sync each, 86,400 in a day of a busy hub.
 *
 * Tiles are not among them. They follow from the statements, and those of later heads would be cut into wrong ones.
 */
export async function* packLogFiles(
  hubDir: string,
  { logDirectory, size }: { logDirectory: string; size: number },
): AsyncGenerator<Uint8Array> {
  for await (const { name } of entriesOf(join(logDirectory, 'receipts')))
    if (/^(0|[1-9][0-9]{0,15})$/.test(name) && Number(name) < size)
      yield* packFile(join(logDirectory, 'receipts', name), `log/receipts/${name}`);
  for await (const { name } of entriesOf(join(logDirectory, 'incoming')))
    if (/^[0-9a-f]{64}$/.test(name)) yield* packFile(join(logDirectory, 'incoming', name), `log/incoming/${name}`);
  for await (const entry of entriesOf(hubDir))
    if (entry.isDirectory() && endedLog.test(entry.name)) yield* packTree(join(hubDir, entry.name), entry.name);
}

const endedLog = /^log-ended-[0-9]+$/;

/** What `packLogFiles` writes, and nothing that leads elsewhere. */
export const packedPath =
  /^(log\/receipts\/[0-9]+|log\/incoming\/[0-9a-f]{64}|log-ended-[0-9]+(\/[a-z0-9]+)*(\/[0-9]{3}\.p)?(\/[a-z0-9]+))$/;

async function* packTree(directory: string, path: string): AsyncGenerator<Uint8Array> {
  for await (const entry of entriesOf(directory)) {
    const [from, to] = [join(directory, entry.name), `${path}/${entry.name}`];
    if (entry.isDirectory()) yield* packTree(from, to);
    else if (entry.isFile() && packedPath.test(to)) yield* packFile(from, to);
  }
}

async function* packFile(from: string, path: string): AsyncGenerator<Uint8Array> {
  const bytes = await readFile(from).catch((error: unknown) => {
    // A partial tile that gave way.
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  });
  if (bytes) yield Buffer.concat([Buffer.from(`${path} ${bytes.length}\n`), bytes]);
}

async function* entriesOf(directory: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(directory);
  } catch (error) {
    if (!isDiskError(error, 'ENOENT')) throw error;
  }
}
