import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout this code was built in, or null when it was installed as a package. */
export function findCheckout(): string | null {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  return existsSync(join(root, 'scripts', 'prepare.mjs')) ? root.replace(/[/\\]$/, '') : null;
}
