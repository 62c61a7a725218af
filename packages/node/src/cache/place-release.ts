import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cloneOrLink, errorOfWriting } from '@callable/disk';
import { CallableError, filePathProblem, type Manifest } from '@callable/protocol';
import { holdsExactly } from './holds-exactly.ts';

/**
 * Builds a release's own directory from verified files: the runtime loads by path and can read whatever lies beside
 * the model, hard links included, so nothing but the files of this release may lie there.
 */
export async function placeRelease(
  manifest: Manifest,
  directory: string,
  pathOfFile: (sha256: string) => string,
): Promise<void> {
  if (await holdsExactly(directory, manifest.files)) return;
  await rm(directory, { recursive: true, force: true });
  const draft = `${directory}.${randomUUID()}.draft`;
  try {
    await mkdir(draft, { mode: 0o700 });
    for (const file of manifest.files) {
      // Parsed once already; a path that escapes would let a stranger write anywhere, so it is asked again here.
      const problem = filePathProblem(file.path);
      if (problem) throw new CallableError('ManifestInvalid', `${JSON.stringify(file.path)} is refused: ${problem}`);
      const target = join(draft, file.path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      // A hard link is harmless here: both names are ours and hold the same verified, read-only bytes.
      await cloneOrLink(pathOfFile(file.sha256), target);
    }
    await rename(draft, directory);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw errorOfWriting(cause, directory);
  }
}
