import { link } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorOfWriting } from './error-of-writing.ts';
import { isDiskError } from './is-disk-error.ts';
import { syncDirectory } from './sync-directory.ts';
import { writeDraft } from './write-draft.ts';

/**
 * Makes a small file for the owner alone, durably; false when one stands there, which stays as it is.
 *
 * A link appears with its whole content or not at all, and never replaces: of two processes at once one wins. A file
 * created and then written could be read while it is empty.
 */
export async function createDurably(path: string, content: string): Promise<boolean> {
  try {
    await writeDraft(path, content, {}, (draft) => link(draft, path));
  } catch (cause) {
    if (isDiskError(cause, 'EEXIST')) return false;
    throw errorOfWriting(cause, path);
  }
  await syncDirectory(dirname(path));
  return true;
}
