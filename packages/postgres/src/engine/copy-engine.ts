import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { promisify } from 'node:util';
import type { BundledEngine } from './find-bundled-engine.ts';

const run = promisify(execFile);
const DRAFT = '.copy-';
const ABANDONED_AFTER_MS = 10 * 60_000;

/**
 * Installs a bundled engine below `engineDir`, once per version, and returns its bin directory.
 *
 * A copy, because `nobody` cannot execute what lies under `/root`, because an `npm install` must not replace the
 * libraries of a running server, and because a package installed with `--ignore-scripts` lacks the links between its
 * libraries. The copy is proven to run before it gets its name, and a name that exists is complete: a start killed
 * half-way leaves only a draft.
 *
 * @throws when the copy does not run here, for example on a C library it was not built for.
 */
export async function copyEngine(bundled: BundledEngine, engineDir: string): Promise<string> {
  const home = join(engineDir, bundled.version);
  if (await stat(home).catch(() => undefined)) return join(home, 'bin');
  await mkdir(engineDir, { recursive: true, mode: 0o755 });
  await removeAbandonedDrafts(engineDir);
  const draft = join(engineDir, `${DRAFT}${randomUUID()}`);
  try {
    await cp(bundled.root, draft, { recursive: true, filter: isNeeded, mode: constants.COPYFILE_FICLONE });
    await recreateLinks(bundled.root, draft);
    // Whatever umask npm or we run under, another user executes this.
    await run('chmod', ['-R', 'a+rX', draft]);
    await run(join(draft, 'bin', 'postgres'), ['--version']);
    // Else a power cut soon after may leave the name with empty files behind it. Not every `sync` knows `-f`.
    await run('sync', ['-f', draft]).catch(() => undefined);
    await rename(draft, home);
  } catch (cause) {
    if (!(await stat(home).catch(() => undefined))) {
      throw new Error(`The bundled PostgreSQL ${bundled.version} does not run on this system.`, { cause });
    }
    // Somebody else installed the same version meanwhile.
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return join(home, 'bin');
}

/** Static libraries and build settings serve compilers only. */
function isNeeded(source: string): boolean {
  return extname(source) !== '.a' && basename(source) !== 'pkgconfig';
}

async function recreateLinks(root: string, draft: string): Promise<void> {
  const list = await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(draft, target.replace(/^native\//, ''));
    await rm(path, { force: true });
    await symlink(basename(source), path);
  }
}

async function removeAbandonedDrafts(engineDir: string): Promise<void> {
  for (const name of await readdir(engineDir)) {
    if (!name.startsWith(DRAFT)) continue;
    const path = join(engineDir, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.ctimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}
