import { execFile } from 'node:child_process';
import { access, constants, readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from './engine.ts';

/** Older servers lack what the schema needs, and are out of support. */
const OLDEST_MAJOR = 15;

/** PostgreSQL servers installed on this machine that are new enough, the newest first. */
export async function listSystemEngines(): Promise<Engine[]> {
  const binDirs = new Set<string>();
  for (const directory of [...pathDirectories(), ...(await debianDirectories())]) {
    const postgres = await realpath(join(directory, 'postgres')).catch(() => undefined);
    if (postgres !== undefined) binDirs.add(dirname(postgres));
  }
  const engines = await Promise.all([...binDirs].map(inspect));
  return engines.filter((engine) => engine !== undefined).sort((a, b) => b.major - a.major);
}

function pathDirectories(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((directory) => directory.startsWith('/'));
}

/** Debian keeps the server's programs out of PATH. */
async function debianDirectories(): Promise<string[]> {
  const root = '/usr/lib/postgresql';
  const majors = await readdir(root).catch(() => []);
  return majors.map((major) => join(root, major, 'bin'));
}

async function inspect(binDir: string): Promise<Engine | undefined> {
  try {
    await access(join(binDir, 'initdb'), constants.X_OK);
    const { stdout } = await promisify(execFile)(join(binDir, 'postgres'), ['--version'], { timeout: 5_000 });
    const version = /\d+(\.\d+)*/.exec(stdout)?.[0] ?? '';
    const major = Number.parseInt(version, 10);
    return major >= OLDEST_MAJOR ? { binDir, major, version } : undefined;
  } catch {
    return undefined;
  }
}
