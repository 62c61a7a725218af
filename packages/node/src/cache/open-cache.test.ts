import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chunkBytes, type Digest, hexOfDigest, type Manifest } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { describeRelease, type NodeHub, startNodeHub } from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDemand } from './demand.ts';
import type { Refutation } from './fetch-parts.ts';
import { createHolds } from './holds.ts';
import { type CacheParts, openCache } from './open-cache.ts';
import { journalOf } from './partial-file.ts';

let dataDir: string;
let hub: NodeHub;
let refuted: Refutation[];
let now = 1_000_000;
const clock = () => now;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callable-cache-'));
  hub = await startNodeHub();
  refuted = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  await hub[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const start = (parts: Partial<CacheParts> = {}) =>
  openCache(dataDir, {
    hub: createClient(hub.url),
    clock,
    diskBytes: 1e9,
    demand: createDemand(clock),
    holds: createHolds(),
    onChange: () => {},
    swarm: null,
    aggregators: [],
    refute: (found) => refuted.push(found),
    timing: { retryMs: 1 },
    ...parts,
  });
const signal = new AbortController().signal;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** The chunks asked for, in order of their place. */
const rangesAsked = () =>
  hub.fileRequests
    .map(({ range }) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1]) / chunkBytes)
    .sort((a, b) => a - b);
const storedFiles = async () => (await readdir(join(dataDir, 'files'))).sort();

function publish(files: Record<string, Uint8Array>): { digest: Digest; manifest: Manifest } {
  const manifest = describeRelease(files);
  return { digest: hub.add(manifest, Object.values(files)), manifest };
}

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

describe('a hub that lies or a disk that was touched', () => {
  test('attack: the hub sends bytes that do not match', async () => {
    const bytes = randomBytes(chunkBytes + 50);
    const { digest, manifest } = publish({ 'model.onnx': bytes });
    hub.serveFile = (response, _sha, offset) => {
      const wrong = Buffer.from(bytes);
      wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
      response.writeHead(offset > 0 ? 206 : 200).end(wrong.subarray(offset));
      return true;
    };
    const cache = await start();
    await expect(cache.fetch(digest, manifest, signal)).rejects.toMatchObject({ code: 'HashMismatch' });
    expect(cache.find(digest)).toBeNull();
    expect(await readdir(join(dataDir, 'models'))).toEqual([]);
    // Only the right chunk may have reached the disk.
    const partial = join(dataDir, 'files', `${sha256(bytes)}.partial`);
    expect((await lstat(partial).catch(() => ({ size: 0 }))).size % chunkBytes).toBe(0);
    expect((await storedFiles()).filter((name) => !name.includes('.partial'))).toEqual([]);
    expect(refuted).toEqual([
      { source: null, file: sha256(bytes), chunk: 1, got: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  test('attack: right chunks in the manifest, but the file they make has another hash', async () => {
    const bytes = randomBytes(chunkBytes + 50);
    const honest = describeRelease({ 'model.onnx': bytes });
    const manifest = { ...honest, files: honest.files.map((file) => ({ ...file, sha256: 'ab'.repeat(32) })) };
    const digest = hub.add(manifest, [bytes]);
    hub.serveFile = (response, _sha, offset) => {
      response.writeHead(206).end(bytes.subarray(offset));
      return true;
    };
    await expect((await start()).fetch(digest, manifest, signal)).rejects.toMatchObject({
      code: 'HashMismatch',
    });
    expect((await storedFiles()).filter((name) => !name.includes('.partial'))).toEqual([]);
  });

  test('attack: the hub serves a truncated file', async () => {
    const bytes = randomBytes(1000);
    const { digest, manifest } = publish({ 'model.onnx': bytes });
    hub.serveFile = (response, _sha, offset) => {
      response.writeHead(offset > 0 ? 206 : 200).end(bytes.subarray(offset, bytes.length - 1));
      return true;
    };
    await expect((await start()).fetch(digest, manifest, signal)).rejects.toMatchObject({ code: 'HubUnreachable' });
    expect(rangesAsked()).toEqual(Array.from({ length: 12 }, () => 0));
  });

  test('attack: a file path that escapes the model directory', async () => {
    const bytes = randomBytes(10);
    const manifest = describeRelease({ 'model.onnx': bytes });
    hub.add(manifest, [bytes]);
    const escaping = { ...manifest, files: manifest.files.map((file) => ({ ...file, path: '../../escaped' })) };
    const cache = await start();
    await expect(cache.fetch(`sha256:${'0'.repeat(64)}` as Digest, escaping, signal)).rejects.toMatchObject({
      code: 'ManifestInvalid',
    });
    expect(await lstat(join(dataDir, 'escaped')).catch(() => null)).toBeNull();
    expect(await readdir(join(dataDir, 'models'))).toEqual([]);
  });

  test('attack: a symlink planted in place of a file, a partial file, a model directory', async () => {
    const bytes = randomBytes(1000);
    const { digest, manifest } = publish({ 'model.onnx': bytes });
    const victim = join(dataDir, 'victim');
    await writeFile(victim, bytes);
    const first = await start();
    await symlink(victim, join(dataDir, 'files', `${sha256(bytes)}.partial`));
    await expect(first.fetch(digest, manifest, signal)).rejects.toThrow();
    await rm(join(dataDir, 'files', `${sha256(bytes)}.partial`));
    await symlink(victim, join(dataDir, 'files', sha256(bytes)));
    const release = await first.fetch(digest, manifest, signal);
    expect((await lstat(join(dataDir, 'files', sha256(bytes)))).isFile()).toBe(true);
    expect((await lstat(victim)).size).toBe(1000);

    await rm(join(release.directory, 'model.onnx'));
    await symlink(victim, join(release.directory, 'model.onnx'));
    await start();
    expect((await lstat(join(release.directory, 'model.onnx'))).isFile()).toBe(true);

    await rm(release.directory, { recursive: true });
    await mkdir(join(dataDir, 'elsewhere'));
    await writeFile(join(dataDir, 'elsewhere/model.onnx'), bytes);
    await symlink(join(dataDir, 'elsewhere'), release.directory);
    await start();
    expect((await lstat(release.directory)).isDirectory()).toBe(true);
  });

  test('attack: a file planted beside the model is gone after a start', async () => {
    const { digest, manifest } = publish({ 'model.onnx': randomBytes(1000) });
    const release = await (await start()).fetch(digest, manifest, signal);
    await writeFile(join(release.directory, 'secret.bin'), 'secret');
    await start();
    expect(await readdir(release.directory)).toEqual(['model.onnx']);
  });

  test('attack: bytes changed on the disk are found before the model is loaded', async () => {
    const { digest, manifest } = publish({ 'model.onnx': randomBytes(1000) });
    const release = await (await start()).fetch(digest, manifest, signal);
    await rm(join(release.directory, 'model.onnx'));
    await writeFile(join(release.directory, 'model.onnx'), randomBytes(1000));
    const cache = await start();
    await expect(cache.verify(release, signal)).rejects.toMatchObject({ code: 'HashMismatch' });
    expect(cache.find(digest)).toBeNull();
  });

  test('a manifest filed under another digest is not announced', async () => {
    const { digest, manifest } = publish({ 'model.onnx': randomBytes(1000) });
    await (await start()).fetch(digest, manifest, signal);
    const stored = join(dataDir, 'manifests', `${hexOfDigest(digest)}.json`);
    await writeFile(join(dataDir, 'manifests', `${'0'.repeat(64)}.json`), await readFile(stored));
    expect((await start()).list().map((held) => held.digest)).toEqual([digest]);
  });
});

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
    now += 10 * 60_000;
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
    now += 10 * 60_000;
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
