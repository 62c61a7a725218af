import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Makes this process the only node (or witness) on `dataDir`, until disposed or dead. Two nodes on one directory would
 * give one receipt number twice and delete each other's files; two witnesses could cosign two histories.
 *
 * The holder is named by pid and start time: a pid alone is reused, and in a container the node is pid 1 each time.
 * Throws when a living process, this one included, holds it.
 */
export async function acquireDataLock(dataDir: string, role: 'node' | 'witness' = 'node'): Promise<AsyncDisposable> {
  const path = join(dataDir, `${role}.lock`);
  const mine = `${process.pid} ${await startOfProcess(process.pid)}`;
  for (;;) {
    if (await createLock(path, mine)) {
      return {
        [Symbol.asyncDispose]: async () => {
          if ((await readFile(path, 'utf8').catch(() => null)) === mine) await rm(path, { force: true });
        },
      };
    }
    const found = await readFile(path, 'utf8').catch(() => null);
    if (found === null) continue;
    const [holder = '', startedAt = ''] = found.split(' ', 2);
    if (/^[1-9]\d{0,9}$/.test(holder) && startedAt !== '' && startedAt === (await startOfProcess(Number(holder))))
      throw new Error(
        `A ${role} already runs on ${dataDir} (process ${holder}): stop it, or start this one with another data directory.`,
      );
    await discard(path, found);
  }
}

/** A link appears with its whole content or not at all; a file created and then written could be read while empty. */
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

/** Two starters may judge the same lock dead; the slower must not throw away the faster one's fresh lock. */
async function discard(path: string, expected: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8')) !== expected) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/** An opaque word for when this pid started; empty when no such process lives (a zombie does not). */
async function startOfProcess(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The program's name comes second, in brackets, and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
  }
  const ps = promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { LC_ALL: 'C' } });
  return ps.then(
    ({ stdout }) => stdout.trim().replaceAll(/\s+/g, '-'),
    () => '',
  );
}
