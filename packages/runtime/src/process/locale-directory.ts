import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes a directory in which glibc finds en_US.UTF-8, which text models (StringNormalizer,
 * TfIdfVectorizer) demand by name and most servers do not have. C.UTF-8 stands in for it: the
 * runtime only folds case with it, and both fold by the same Unicode tables. It does so on every
 * machine, so that all nodes answer alike. Returns the value for LOCPATH, or null where there is
 * no C.UTF-8 to borrow.
 */
export async function makeLocaleDirectory(parent: string): Promise<string | null> {
  const borrowed = ['/usr/lib/locale/C.utf8', '/usr/lib/locale/C.UTF-8'].find((path) => existsSync(path));
  if (!borrowed) return null;
  const directory = join(parent, 'locale');
  await mkdir(directory, { recursive: true });
  await symlink(borrowed, join(directory, 'en_US.UTF-8'));
  return directory;
}
