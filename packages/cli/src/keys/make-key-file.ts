import { link, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createPrivateKey, type PrivateKey, toHex } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { readKeyFile } from './read-key-file.ts';

/** The key in this file; made, for the owner alone to read, when there is none. Says whether it was made. */
export async function makeKeyFile(
  { random }: Pick<CliContext, 'random'>,
  path: string,
): Promise<{ key: PrivateKey; made: boolean }> {
  const existing = await readKeyFile(path);
  if (existing) return { key: existing, made: false };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const key = createPrivateKey(random);
  const draft = `${path}.${toHex(random(8))}`;
  try {
    await writeDurably(draft, `0x${toHex(key)}\n`);
    // Unlike a rename, a link never replaces: of two processes at once one wins and both use its key.
    await link(draft, path);
    return { key, made: true };
  } catch (error) {
    const winner = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readKeyFile(path) : null;
    if (winner) return { key: winner, made: false };
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
