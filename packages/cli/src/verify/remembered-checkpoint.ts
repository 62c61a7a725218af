import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskError, writeDurably } from '@callable/disk';
import type { CliContext } from '../context/cli-context.ts';
import { locateHome } from '../keys/locate-home.ts';

/** What this user saw of a log last time: its key, and a head that every later one must continue. */
export type RememberedCheckpoint = { origin: string; vkey: string; size: number; root: string; checkpoint: string };

/** The checkpoint remembered of a log, or null when it is seen for the first time. Throws when the file is damaged. */
export async function recallCheckpoint(
  context: Pick<CliContext, 'env' | 'cwd'>,
  origin: string,
): Promise<RememberedCheckpoint | null> {
  const path = pathOf(context, origin);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  });
  if (text === null) return null;
  const value = JSON.parse(text) as RememberedCheckpoint;
  if (value.origin !== origin || typeof value.size !== 'number')
    throw new Error(`${path} does not hold a checkpoint of ${origin}: move it away to begin anew.`);
  return value;
}

/** Remembers a checkpoint that was found to be whole; written aside and renamed, so that it is never half there. */
export async function rememberCheckpoint(
  context: Pick<CliContext, 'env' | 'cwd'>,
  remembered: RememberedCheckpoint,
): Promise<void> {
  const path = pathOf(context, remembered.origin);
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writeDurably(path, `${JSON.stringify(remembered, null, 2)}\n`);
}

/** An origin is a stranger's text: only its hash is a file name. */
function pathOf(context: Pick<CliContext, 'env' | 'cwd'>, origin: string): string {
  const name = createHash('sha256').update(origin).digest('hex').slice(0, 32);
  return join(locateHome(context), 'logs', `${name}.json`);
}
