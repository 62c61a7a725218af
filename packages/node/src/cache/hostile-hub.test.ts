import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytes, type Digest, hexOfDigest } from '@callable/protocol';
import { describeRelease, sha256 } from '@callable/stand-ins';
import { describe, expect, test } from 'vitest';
import {
  dataDir,
  hub,
  publish,
  rangesAsked,
  refuted,
  signal,
  start,
  storedFiles,
  useFreshCache,
} from '../../test/use-fresh-cache.ts';

useFreshCache();

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
