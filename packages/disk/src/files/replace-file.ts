import { rename } from 'node:fs/promises';
import { errorOfWriting } from './error-of-writing.ts';
import { type WriteOptions, writeDraft } from './write-draft.ts';

/**
 * Puts a whole file in the place of whatever stands there; nobody ever reads half of it. Its name survives a power cut
 * only once its directory is synced: `writeDurably` does that, or whoever writes many into one directory.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  try {
    await writeDraft(path, content, options, (draft) => rename(draft, path));
  } catch (cause) {
    throw errorOfWriting(cause, path);
  }
}
