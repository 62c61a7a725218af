import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CallableError } from '@callable/protocol';
import { createDurably } from '../files/create-durably.ts';
import { readProcess } from './read-process.ts';

/**
 * What a lock is held for. Two nodes on one directory give one receipt number twice and delete each other's files; two
 * witnesses cosign two histories; a supervisor takes another's PostgreSQL for an orphan.
 */
export type LockRole = keyof typeof held;

/** What runs on the directory, in the words of whoever starts a second one. */
const held = {
  hub: 'hub',
  node: 'node',
  witness: 'witness',
  supervisor: 'database',
  backup: 'backup or restore',
} as const;

/**
 * Makes this process the only one of its role on `directory`, until disposed or dead.
 *
 * The lock names its holder by pid and start time, so a dead holder never blocks a start: a pid alone is reused, and in
 * a container the holder is pid 1 every time. It names the directory by its inode, so that a copy of a directory in use is not
 * taken for that one. Throws when a living process, this one included, holds it.
 */
export async function acquireDataLock(directory: string, role: LockRole): Promise<AsyncDisposable> {
  const path = join(directory, `${role}.lock`);
  const { ino } = await stat(directory);
  const mine = `${process.pid} ${oneWord((await readProcess(process.pid))?.startedAt ?? '')} ${ino}`;
  for (;;) {
    if (await createDurably(path, mine)) return { [Symbol.asyncDispose]: () => releaseLock(path, mine) };
    const found = await readFile(path, 'utf8').catch(() => null);
    if (found === null) continue;
    const holder = await findHolder(found, ino);
    if (holder !== null)
      throw new CallableError('DataInUse', `A ${held[role]} already runs on ${directory} (process ${holder}).`);
    await discardLock(path, found);
  }
}

async function findHolder(content: string, ino: number): Promise<number | null> {
  const lock = parseLock(content);
  if (!lock || (lock.ino !== null && lock.ino !== ino)) return null;
  const running = await readProcess(lock.pid);
  return running && oneWord(running.startedAt) === oneWord(lock.startedAt) ? lock.pid : null;
}

/** Earlier supervisors wrote an object, earlier locks no inode: one of them may still be running beside us. */
function parseLock(content: string): { pid: number; startedAt: string; ino: number | null } | null {
  const pattern = content.startsWith('{')
    ? /^\{"pid":([1-9]\d{0,9}),"startedAt":"([^"\\]+)"\}$/
    : /^([1-9]\d{0,9}) (\S+)(?: (\d{1,20}))?$/;
  const [, pid, startedAt, ino] = pattern.exec(content) ?? [];
  return pid === undefined || startedAt === undefined
    ? null
    : { pid: Number(pid), startedAt, ino: ino === undefined ? null : Number(ino) };
}

/** Some systems give the start as a date with spaces. */
const oneWord = (text: string) => text.replaceAll(/\s+/g, '-');

/** Two starters may judge the same lock dead; the slower must not throw away the faster one's fresh lock. */
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
  if ((await readFile(path, 'utf8').catch(() => null)) === mine) await rm(path, { force: true });
}
