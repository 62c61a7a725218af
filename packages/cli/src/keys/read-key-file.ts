import { open } from 'node:fs/promises';
import { type PrivateKey, parsePrivateKey } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';

/** The key in a file, or null when there is no such file. Refuses one that other users of the machine can read. */
export async function readKeyFile(path: string): Promise<PrivateKey | null> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!handle) return null;
  try {
    const { mode, size } = await handle.stat();
    // Windows has no such bits; its files in the profile of a user are that user's.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new CliError('KeyExposed', `Other users of this machine can read the key in ${path}.`, `chmod 600 ${path}`);
    }
    const key = size > 1000 ? null : parsePrivateKey(await handle.readFile('utf8'));
    if (key) return key;
    throw new CliError(
      'KeyInvalid',
      `${path} does not hold a key.`,
      'Put 64 hex digits there, or move the file away: a new key is then made.',
    );
  } finally {
    await handle.close();
  }
}
