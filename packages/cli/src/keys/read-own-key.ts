import { readKeyFile } from '@callable/disk';
import type { PrivateKey } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';

/** The key in a file, or null when there is no such file. Refuses one that other users of the machine can read. */
export async function readOwnKey(path: string): Promise<PrivateKey | null> {
  const found = await readKeyFile(path);
  if (!found) return null;
  if (found.isExposed)
    throw new CliError('KeyExposed', `Other users of this machine can read the key in ${path}.`, `chmod 600 ${path}`);
  if (found.key) return found.key;
  throw new CliError(
    'KeyInvalid',
    `${path} does not hold a key.`,
    'Put 64 hex digits there, or move the file away: a new key is then made.',
  );
}
