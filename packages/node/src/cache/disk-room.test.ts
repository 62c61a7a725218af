import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  clock,
  dataDir,
  hub,
  passTime,
  publish,
  signal,
  start,
  storedFiles,
  useFreshCache,
} from '../../test/use-fresh-cache.ts';
import { createDemand } from './demand.ts';
import { createHolds } from './holds.ts';

useFreshCache();

describe('room', () => {
  const kilobyte = (count: number) => ({ 'model.onnx': randomBytes(count * 1000) });

  test('a release larger than the budget is refused with the numbers', async () => {
    const { digest, manifest } = publish(kilobyte(20));
    const cache = await start({ diskBytes: 10_000 });
    await expect(cache.fetch(digest, manifest, signal)).rejects.toMatchObject({
      code: 'NoNodeFits',
      message: expect.stringContaining('20000'),
    });
    expect(hub.fileRequests).toEqual([]);
  });

  test('the release least asked for makes room, one in use or fresh never does', async () => {
    const demand = createDemand(clock);
    const holds = createHolds();
    const cache = await start({ diskBytes: 10_000, demand, holds });
    const [asked, held, quiet, wanted] = [
      publish(kilobyte(3)),
      publish(kilobyte(3)),
      publish(kilobyte(3)),
      publish(kilobyte(3)),
    ];
    for (const { digest, manifest } of [asked, held, quiet]) await cache.fetch(digest, manifest, signal);
    await expect(cache.fetch(wanted.digest, wanted.manifest, signal)).rejects.toMatchObject({ code: 'DiskFull' });
    passTime(10 * 60_000);
    demand.record(asked.digest);
    using _hold = holds.hold(held.digest);
    await cache.fetch(wanted.digest, wanted.manifest, signal);
    expect(cache.list().map((release) => release.digest)).toEqual([asked.digest, held.digest, wanted.digest]);
    expect(await storedFiles()).toHaveLength(3);
  });

  test('what interrupted fetches left behind goes before any release does', async () => {
    const cache = await start({ diskBytes: 6_000 });
    const kept = publish(kilobyte(3));
    await cache.fetch(kept.digest, kept.manifest, signal);
    await writeFile(join(dataDir, 'files', `${'c'.repeat(64)}.partial`), 'left');
    await writeFile(join(dataDir, 'files', `${'c'.repeat(64)}.partial.chunks`), '01');
    passTime(10 * 60_000);
    const next = publish(kilobyte(4));
    await cache.fetch(next.digest, next.manifest, signal);
    expect(await storedFiles()).toEqual([next.manifest.files[0]?.sha256]);
  });

  test('what interrupted fetches left behind counts, and is dropped after a day', async () => {
    const left = join(dataDir, 'files', `${'c'.repeat(64)}.partial`);
    const names = async () => (await readdir(join(dataDir, 'files'))).filter((name) => name.startsWith('ccc'));
    await start();
    await writeFile(left, randomBytes(8192));
    await start({ clock: () => Date.now() + 23 * 3600_000 });
    expect(await names()).toHaveLength(1);
    await start({ clock: () => Date.now() + 25 * 3600_000 });
    expect(await names()).toEqual([]);
    await writeFile(left, randomBytes(8192));
    await start({ diskBytes: 8000 });
    expect(await names()).toEqual([]);
  });
});
