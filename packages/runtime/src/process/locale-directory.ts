import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { foldingLocales } from '@callable/formats';

/**
 * Makes a directory in which glibc finds the locales that text models (StringNormalizer) demand by name and most servers do
 * not have. C.UTF-8 stands in for each: the runtime only folds case with it, and all of them fold by the same Unicode tables.
 * It does so on every machine, so that all nodes answer alike. Returns the value for LOCPATH, or null where there is no
 * C.UTF-8 to borrow.
 */
export async function makeLocaleDirectory(parent: string): Promise<string | null> {
  const borrowed = ['/usr/lib/locale/C.utf8', '/usr/lib/locale/C.UTF-8'].find((path) => existsSync(path));
  if (!borrowed) return null;
  const directory = join(parent, 'locale');
  await mkdir(directory, { recursive: true });
  // Asked for `.UTF-8`, the library looks for `.utf8` too.
  const names = foldingLocales.filter((name) => !name.endsWith('.UTF-8'));
  await Promise.all(names.map((name) => symlink(borrowed, join(directory, name))));
  return directory;
}
