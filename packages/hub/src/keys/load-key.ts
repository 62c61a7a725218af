import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createPrivateKey, type PrivateKey, parsePrivateKey, toHex } from '@callable/protocol';
import { syncDirectory } from '@callable/storage';

/** The private key in this 0600 file, made on first use. Two processes at once end with one key. */
export async function loadKey(path: string): Promise<PrivateKey> {
  const existing = await readKey(path);
  if (existing) return existing;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${toHex(randomBytes(4))}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`0x${toHex(createPrivateKey((length) => randomBytes(length)))}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link fails where a rename would overwrite the key that another process has just made.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await syncDirectory(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await readKey(path);
  if (!made) throw new Error(`The key file ${path} disappeared while it was being made.`);
  return made;
}

async function readKey(path: string): Promise<PrivateKey | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const key = parsePrivateKey(text);
  if (!key)
    throw new Error(
      `The key file ${path} does not hold a private key: restore it from a backup, or remove it to start as somebody else.`,
    );
  return key;
}
