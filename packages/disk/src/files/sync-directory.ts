import { open } from 'node:fs/promises';

/** Makes a rename or unlink in this directory survive a power cut; without it only the file's content would. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory, and needs no such step.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
