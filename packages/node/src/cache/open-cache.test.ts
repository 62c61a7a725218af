import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytes } from '@callable/protocol';
import { sha256 } from '@callable/stand-ins';
import { describe, expect, test } from 'vitest';
import { hub, publish, rangesAsked, signal, start, storedFiles, useFreshCache } from '../../test/use-fresh-cache.ts';

useFreshCache();

describe('fetching a release', () => {
  test('brings every file into a directory of its own, and announces it after a restart', async () => {
    const files = {
      'model.onnx': randomBytes(chunkBytes + 100),
      'weights/a.bin': randomBytes(2 * chunkBytes),
      'empty.txt': new Uint8Array(),
    };
    const { digest, manifest } = publish(files);
    const release = await (await start()).fetch(digest, manifest, signal);
    for (const [path, bytes] of Object.entries(files))
      expect(sha256(await readFile(join(release.directory, path)))).toBe(sha256(bytes));
    expect((await readdir(release.directory, { recursive: true })).sort()).toEqual([
      'empty.txt',
      'model.onnx',
      'weights',
      'weights/a.bin',
    ]);

    const again = await start();
    expect(again.list().map((held) => held.digest)).toEqual([digest]);
    await again.fetch(digest, manifest, signal);
    expect(hub.fileRequests).toHaveLength(4);
  });

  test('asks the hub once, however many want it at the same time', async () => {
    const { digest, manifest } = publish({ 'model.onnx': randomBytes(1000) });
    const cache = await start();
    await Promise.all(Array.from({ length: 8 }, () => cache.fetch(digest, manifest, signal)));
    expect(hub.fileRequests).toHaveLength(1);
  });

  test('goes on for the others when the one who began is called off', async () => {
    const { digest, manifest } = publish({ 'model.onnx': randomBytes(1000) });
    const cache = await start();
    let stalled = true;
    hub.serveFile = (response) => {
      if (stalled) response.writeHead(200, { 'content-length': 1000 }).flushHeaders();
      return stalled;
    };
    const calledOff = new AbortController();
    const first = cache.fetch(digest, manifest, calledOff.signal);
    await once(hub.events, 'file');
    const second = cache.fetch(digest, manifest, signal);
    stalled = false;
    calledOff.abort();
    await expect(first).rejects.toThrow();
    expect((await second).digest).toBe(digest);
  });

  test('others get a file that is whole while the rest of its release is on its way', async () => {
    const [first, second] = [randomBytes(chunkBytes + 3), randomBytes(1000)];
    const { digest, manifest } = publish({ 'model.onnx': first, 'weights.bin': second });
    hub.serveFile = (response, requested) => {
      if (requested === sha256(second)) response.writeHead(206, { 'content-length': 1000 }).flushHeaders();
      return requested === sha256(second);
    };
    const cache = await start();
    const stalled = new AbortController();
    const fetching = cache.fetch(digest, manifest, stalled.signal);
    while (hub.fileRequests.at(-1)?.sha256 !== sha256(second)) await once(hub.events, 'file');
    const pieces: Uint8Array[] = [];
    for (const index of [0, 1])
      for await (const piece of (await cache.findChunk(sha256(first), index))?.open() ?? []) pieces.push(piece);
    expect(sha256(Buffer.concat(pieces))).toBe(sha256(first));
    expect(await cache.findChunk(sha256(second), 0)).toBeNull();
    stalled.abort();
    await expect(fetching).rejects.toThrow();
  });

  test('shares a file between releases, and keeps it while one of them stays', async () => {
    const shared = randomBytes(5000);
    const one = publish({ 'model.onnx': shared });
    const two = publish({ 'model.onnx': shared, 'more.bin': randomBytes(10) });
    const cache = await start();
    await cache.fetch(one.digest, one.manifest, signal);
    await cache.fetch(two.digest, two.manifest, signal);
    expect(hub.fileRequests).toHaveLength(2);
    expect(await storedFiles()).toHaveLength(2);
  });

  test('continues where a broken connection left off', async () => {
    const bytes = randomBytes(3 * chunkBytes);
    const { digest, manifest } = publish({ 'model.onnx': bytes });
    let broken = 0;
    hub.serveFile = (response, _sha, offset) => {
      if (offset !== chunkBytes || broken++ > 0) return false;
      response.writeHead(206, { 'content-length': chunkBytes });
      response.write(bytes.subarray(offset, offset + 10), () => response.destroy());
      return true;
    };
    await (await start()).fetch(digest, manifest, signal);
    expect(rangesAsked()).toEqual([0, 1, 1, 2]);
  });

  test('takes its part when the hub ignores the range', async () => {
    const bytes = randomBytes(2 * chunkBytes);
    const { digest, manifest } = publish({ 'model.onnx': bytes });
    hub.serveFile = (response) => {
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
      return true;
    };
    await (await start()).fetch(digest, manifest, signal);
    expect(rangesAsked()).toEqual([0, 1]);
  });
});
