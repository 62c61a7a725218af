import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory, syncDirectory } from '@callable/storage';

export type LogFile = { path: string; bytes: Uint8Array };

/** Writes whole files below a directory; after it resolves they survive a power cut, before it none is half there. */
export async function writeFiles(directory: string, files: readonly LogFile[]): Promise<void> {
  const targets = files.map(({ path, bytes }) => ({ path: join(directory, path), bytes }));
  const parents = [...new Set(targets.map(({ path }) => dirname(path)))];
  // One after the other: two that make the same parent at once would not both wait for it to be durable.
  for (const parent of parents) await makeDirectory(parent);
  await Promise.all(targets.map(({ path, bytes }) => replaceFile(path, bytes)));
  await Promise.all(parents.map(syncDirectory));
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const draft = join(dirname(path), `.${randomUUID()}.draft`);
  try {
    const file = await open(draft, 'wx', 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
