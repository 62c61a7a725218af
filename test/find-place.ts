import { readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { availableMemory } from 'node:process';

const memory = '/dev/shm';
const enough = 8 * 2 ** 30;

/**
 * Where a run keeps its temporary files: TMPDIR when set, else in memory where there is plenty, else where the system
 * says. Databases write and drop many files: on a disk (ext4) they were a sixth of what all tests cost.
 */
export async function findPlace(): Promise<string> {
  if (process.env['TMPDIR'] !== undefined || !(await hasRoomInMemory())) return tmpdir();
  return memory;
}

async function hasRoomInMemory(): Promise<boolean> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '');
  const [, , kind, options = ''] =
    mounts
      .split('\n')
      .find((line) => line.split(' ')[1] === memory)
      ?.split(' ') ?? [];
  // Programs are run from there, which containers often forbid.
  if (kind !== 'tmpfs' || /(?:^|,)(?:noexec|ro)(?:,|$)/.test(options)) return false;
  const { bavail, bsize } = await statfs(memory);
  return Math.min(bavail * bsize, availableMemory()) >= enough;
}
