import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FollowingHash } from './following-hash.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-hash-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const bytes = randomBytes(5_000_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');

test('follows a file while it is written, and names the file it has read', async () => {
  const path = join(directory, 'growing');
  const file = await open(path, 'w');
  await using following = await FollowingHash.open(path);
  for (let at = 0; at < bytes.length; at += 1_000_000) {
    await file.write(bytes, at, 1_000_000, at);
    if (at % 2_000_000 === 0) following.advance(at + 1_000_000);
  }
  const { ino, dev } = await file.stat({ bigint: true });
  await file.close();
  expect(await following.finish(bytes.length)).toEqual({ sha256, size: bytes.length, device: dev, inode: ino });
});

test('a file that is shorter or longer than it should be is not taken for the right one', async () => {
  const path = join(directory, 'other');
  for (const content of [bytes.subarray(1), Buffer.concat([bytes, Buffer.from('x')])]) {
    await writeFile(path, content);
    await using following = await FollowingHash.open(path);
    expect((await following.finish(bytes.length)).size).toBe(content.length);
  }
});

test('attack by a planted link: it is not followed; nothing and folders are no files either', async () => {
  await writeFile(join(directory, 'secret'), bytes);
  await symlink(join(directory, 'secret'), join(directory, 'link'));
  await expect(FollowingHash.open(join(directory, 'link'))).rejects.toMatchObject({ code: 'UploadMismatch' });
  await expect(FollowingHash.open(directory)).rejects.toMatchObject({ code: 'UploadMismatch' });
  await expect(FollowingHash.open(join(directory, 'nothing'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('left in the middle it ends its thread, whoever waits hears of it, and no file stays open', async () => {
  const path = join(directory, 'left');
  await writeFile(path, bytes);
  const openFiles = async () => (await readdir('/proc/self/fd')).length;
  const before = await openFiles();
  const following = await FollowingHash.open(path);
  const finished = following.finish(bytes.length).then(
    () => 'finished',
    () => 'ended',
  );
  await following[Symbol.asyncDispose]();
  expect(['finished', 'ended']).toContain(await finished);
  expect(await openFiles()).toBe(before);
});
