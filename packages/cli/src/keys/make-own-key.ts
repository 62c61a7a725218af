import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeKeyFile } from '@callable/disk';
import type { PrivateKey } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { readOwnKey } from './read-own-key.ts';

/** The key in this file; made, for the owner alone to read, when there is none. Says whether it was made. */
export async function makeOwnKey(
  { random }: Pick<CliContext, 'random'>,
  path: string,
): Promise<{ key: PrivateKey; made: boolean }> {
  const existing = await readOwnKey(path);
  if (existing) return { key: existing, made: false };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const made = await makeKeyFile(path, random);
  const key = await readOwnKey(path);
  if (!key) throw new Error(`The key file ${path} disappeared while it was being made.`);
  return { key, made };
}
