import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataDirectory } from './open-data-directory.ts';

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

it('attack by another user of the machine: a data directory is for its owner alone, also one of an older build', async () => {
  const base = await mkdtemp(join(tmpdir(), 'callable-data-'));
  try {
    await openDataDirectory(join(base, 'new', 'hub'));
    expect([await modeOf(join(base, 'new')), await modeOf(join(base, 'new', 'hub'))]).toEqual(['700', '700']);
    await mkdir(join(base, 'old'), { mode: 0o755 });
    await openDataDirectory(join(base, 'old'));
    expect(await modeOf(join(base, 'old'))).toBe('700');
  } finally {
    await rm(base, { recursive: true, force: true });
  }
});
