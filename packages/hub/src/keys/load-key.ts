import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeKeyFile, readKeyFile } from '@callable/disk';
import type { PrivateKey } from '@callable/protocol';

/** The private key in this file, made on first use. Two processes at once end with one key. */
export async function loadKey(path: string): Promise<PrivateKey> {
  const found = (await readKeyFile(path)) ?? (await makeAndRead(path));
  // Who may read it is not asked: a key that an orchestrator mounts is often open to a group.
  if (found?.key) return found.key;
  throw new Error(
    found
      ? `The key file ${path} does not hold a private key: restore it from a backup, or remove it to start as somebody else.`
      : `The key file ${path} disappeared while it was being made.`,
  );
}

async function makeAndRead(path: string) {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await makeKeyFile(path, randomBytes);
  return readKeyFile(path);
}
