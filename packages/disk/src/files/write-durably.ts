import { dirname } from 'node:path';
import { replaceFile } from './replace-file.ts';
import { syncDirectory } from './sync-directory.ts';

/** Replaces a small file whole: after this returns it survives a power cut, before it the old one still stands. */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  await replaceFile(path, content);
  await syncDirectory(dirname(path));
}
