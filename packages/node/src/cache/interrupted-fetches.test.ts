import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytes } from '@callable/protocol';
import { sha256 } from '@callable/stand-ins';
import { describe, expect, test, vi } from 'vitest';
import {
  dataDir,
  hub,
  publish,
  rangesAsked,
  signal,
  start,
  storedFiles,
  useFreshCache,
} from '../../test/use-fresh-cache.ts';
import { journalOf } from './partial-file.ts';

useFreshCache();

describe('interruptions', () => {
  test('kill -9 during a fetch: the next process resumes from the last whole chunk', async () => {
    const bytes = randomBytes(4 * chunkBytes);
    const { digest, manifest } = publish({ 'model.onnx': bytes });
    hub.serveFile = (response, _sha, offset) => {
      if (offset < 2 * chunkBytes) return false;
      response.writeHead(206, { 'content-length': chunkBytes }).write(bytes.subarray(offset, offset + 1000));
      return true;
    };
    const script = `
      import { fetchFile } from ${JSON.stringify(new URL('../../dist/cache/fetch-file.js', import.meta.url).href)};
      import { createClient } from '@callable/sdk';
      const hub = createClient(${JSON.stringify(hub.url)});
      await fetchFile({ hub, clock: Date.now, swarm: null, aggregators: [], share: () => ({ [Symbol.dispose]() {} }), refute() {} },
        ${JSON.stringify(digest)}, ${JSON.stringify(manifest.files[0])},
        ${JSON.stringify(join(dataDir, 'files', sha256(bytes)))});`;
    await mkdir(join(dataDir, 'files'));
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      stdio: 'inherit',
    });
    const partial = join(dataDir, 'files', `${sha256(bytes)}.partial`);
    const isNoted = async () => (await readFile(journalOf(partial), 'utf8').catch(() => '')) === '03';
    await vi.waitUntil(isNoted, 10_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // A journal that is ahead of the disk, and a torn write of the chunk that was under way.
    await writeFile(journalOf(partial), '07');
    const handle = await open(partial, 'a');
    await handle.write(randomBytes(500));
    await handle.close();

    hub.serveFile = () => false;
    const before = hub.fileRequests.length;
    await (await start()).fetch(digest, manifest, signal);
    expect(hub.fileRequests.length - before).toBe(2);
    expect(rangesAsked()).toEqual([0, 1, 2, 2, 3, 3]);
    expect(await storedFiles()).toEqual([sha256(bytes)]);
  });

  test('a partial file whose bytes went bad is fetched again from where it is still right', async () => {
    const bytes = randomBytes(3 * chunkBytes);
    const { digest, manifest } = publish({ 'model.onnx': bytes });
    const torn = Buffer.from(bytes.subarray(0, 2 * chunkBytes));
    torn.fill(0, chunkBytes + 5, chunkBytes + 50);
    const cache = await start();
    await writeFile(join(dataDir, 'files', `${sha256(bytes)}.partial`), torn);
    await cache.fetch(digest, manifest, signal);
    expect(rangesAsked()).toEqual([1, 2]);
  });

  test('a full disk is a reason, and the fetch continues once there is room', async () => {
    const bytes = randomBytes(2 * chunkBytes);
    const { digest, manifest } = publish({ 'model.onnx': bytes });
    const cache = await start();
    const probe = await open(join(dataDir, 'probe'), 'w');
    const write = vi.spyOn(Object.getPrototypeOf(probe), 'write');
    await probe.close();
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    write.mockRejectedValueOnce(full);
    await expect(cache.fetch(digest, manifest, signal)).rejects.toMatchObject({ code: 'DiskFull' });
    await cache.fetch(digest, manifest, signal);
    expect(cache.find(digest)).not.toBeNull();
  });

  test('a release whose files were lost is not announced', async () => {
    const { digest, manifest } = publish({ 'model.onnx': randomBytes(1000) });
    await (await start()).fetch(digest, manifest, signal);
    const stored = join(dataDir, 'files', manifest.files[0]?.sha256 ?? '');
    await rm(stored);
    await writeFile(stored, 'x');
    await truncate(stored, 10);
    expect((await start()).list()).toEqual([]);
  });
});
