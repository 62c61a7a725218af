import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readProcess } from './read-process.ts';

/**
 * Makes this process the only supervisor of `directory`, until disposed or dead.
 *
 * The lock names its holder by pid and start time, so a dead holder never blocks a start, not even when its pid now
 * belongs to somebody else (in a container the supervisor is pid 1 every time). PostgreSQL's own interlock still
 * guards the data itself; this lock keeps one supervisor from taking another's server for an orphan.
 *
 * @throws when a live process, this one included, holds it.
 */
export async function acquireDataLock(directory: string): Promise<AsyncDisposable> {
  const path = join(directory, 'supervisor.lock');
  const mine = JSON.stringify({ pid: process.pid, startedAt: (await readProcess(process.pid))?.startedAt });
  for (;;) {
    if (await createLock(path, mine)) return { [Symbol.asyncDispose]: () => releaseLock(path, mine) };
    const found = await readFile(path, 'utf8').catch(() => undefined);
    if (found === undefined) continue;
    const holder = await findHolder(found);
    if (holder !== undefined) {
      throw new Error(
        `The database in ${directory} is already run by process ${holder}: stop it, or choose another data directory.`,
      );
    }
    await discardLock(path, found);
  }
}

/** A link appears with its whole content or not at all; a plain exclusive create could be read while still empty. */
async function createLock(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw new Error(`Cannot lock ${path}.`, { cause });
  } finally {
    await rm(draft, { force: true });
  }
}

async function findHolder(content: string): Promise<number | undefined> {
  const { pid, startedAt } = parseLock(content);
  if (pid === undefined) return undefined;
  const running = await readProcess(pid);
  return running && running.startedAt === startedAt ? pid : undefined;
}

function parseLock(content: string): { pid?: number; startedAt?: string } {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('startedAt' in value)) return {};
    if (typeof value.pid !== 'number' || typeof value.startedAt !== 'string') return {};
    return { pid: value.pid, startedAt: value.startedAt };
  } catch {
    return {};
  }
}

/** Two starters may judge the same lock dead; the slower one must not throw away the faster one's fresh lock. */
async function discardLock(path: string, expected: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8')) !== expected) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function releaseLock(path: string, mine: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => undefined);
  if (found === mine) await rm(path, { force: true });
}
