import { open } from 'node:fs/promises';
import { type PrivateKey, parsePrivateKey } from '@callable/protocol';
import { isDiskError } from '../files/is-disk-error.ts';

/** What stands in a key file: null for the key when it is none. */
export type KeyFile = { key: PrivateKey | null; isExposed: boolean };

/** A key is 66 characters; a file that grew without bound is not read. */
const mostBytes = 1000;

/** The key in a file and whether other users of the machine can read it, or null when there is no such file. */
export async function readKeyFile(path: string): Promise<KeyFile | null> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  });
  if (!handle) return null;
  try {
    const { mode, size } = await handle.stat();
    const key = size > mostBytes ? null : parsePrivateKey(await handle.readFile('utf8'));
    // Windows has no such bits; its files in the profile of a user are that user's.
    return { key, isExposed: process.platform !== 'win32' && (mode & 0o077) !== 0 };
  } finally {
    await handle.close();
  }
}
