import { readFile, writeFile } from 'node:fs/promises';
import { toHex } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { CliError } from '../errors/cli-error.ts';

/** The token in this file, made for its owner alone to read when there is none: on a command line every user could read it. */
export async function findOrMakeToken({ random }: Pick<CliContext, 'random'>, path: string): Promise<string> {
  try {
    await writeFile(path, `${toHex(random(32))}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const token = (await readFile(path, 'utf8')).trim();
  if (/^[!-~]{16,200}$/.test(token)) return token;
  throw new CliError(
    'TokenInvalid',
    `${path} holds no token.`,
    'Put 16 to 200 letters and digits there, or move it away.',
  );
}
