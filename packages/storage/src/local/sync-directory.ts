import { open } from 'node:fs/promises';

/** Makes a rename in this directory survive a power cut; a rename alone is only in memory. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
