import { dirname, join } from 'node:path';
import { makeDirectory, replaceFile, syncDirectory } from '@callable/disk';

export type LogFile = { path: string; bytes: Uint8Array };

/** Writes whole files below a directory; after it resolves they survive a power cut, before it none is half there. */
export async function writeFiles(directory: string, files: readonly LogFile[]): Promise<void> {
  const targets = files.map(({ path, bytes }) => ({ path: join(directory, path), bytes }));
  const parents = [...new Set(targets.map(({ path }) => dirname(path)))];
  // One after the other: two that make the same parent at once would not both wait for it to be durable.
  for (const parent of parents) await makeDirectory(parent);
  await Promise.all(targets.map(({ path, bytes }) => replaceFile(path, bytes, { mode: 0o644 })));
  await Promise.all(parents.map(syncDirectory));
}
