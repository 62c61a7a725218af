import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chunkBytes } from '@callable/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NotAFileError } from '../files/not-a-file-error.ts';
import { openFollowingHash } from './open-following-hash.ts';
import { threadBytes } from './thread-bytes.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-hash-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const bytes = Buffer.alloc(threadBytes + chunkBytes + 5, randomBytes(9001));
const sha256 = createHash('sha256').update(bytes).digest('hex');

test('follows a file while it is written, and names the file it has read', async () => {
  const path = join(directory, 'growing');
  const file = await open(path, 'w');
  const have = new Set<number>();
  await using following = await openFollowingHash(path, bytes.length, have);
  for (let chunk = 0; chunk * chunkBytes < bytes.length; chunk++) {
    const at = chunk * chunkBytes;
    await file.write(bytes, at, Math.min(chunkBytes, bytes.length - at), at);
    have.add(chunk);
    if (chunk % 2 === 0) following.follow();
  }
  const { ino, dev } = await file.stat({ bigint: true });
  await file.close();
  expect(await following.finish()).toEqual({ sha256, size: bytes.length, device: dev, inode: ino });
});

test.each([
  ['in a thread', bytes],
  ['at the end', bytes.subarray(0, 5_000_000)],
])(
  'a file that is shorter or longer than it should be is not taken for the right one, hashed %s',
  async (_how, whole) => {
    const path = join(directory, 'other');
    for (const content of [whole.subarray(1), Buffer.concat([whole, Buffer.from('x')])]) {
      await writeFile(path, content);
      await using following = await openFollowingHash(path, whole.length, new Set());
      expect((await following.finish()).size).toBe(content.length);
    }
  },
);

test('attack by a planted link: it is not followed; nothing and folders are no files either', async () => {
  await writeFile(join(directory, 'secret'), bytes);
  await symlink(join(directory, 'secret'), join(directory, 'link'));
  const openNamed = (name: string) => openFollowingHash(join(directory, name), bytes.length, new Set());
  await expect(openNamed('link')).rejects.toThrow(NotAFileError);
  await expect(openNamed('.')).rejects.toThrow(NotAFileError);
  await expect(openNamed('nothing')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('attack by a planted pipe: opening it waits for nobody', async () => {
  const path = join(directory, 'pipe');
  await promisify(execFile)('mkfifo', [path]);
  await expect(openFollowingHash(path, bytes.length, new Set())).rejects.toThrow(NotAFileError);
});

test('left in the middle it ends its thread, whoever waits hears of it, and no file stays open', async () => {
  const path = join(directory, 'left');
  await writeFile(path, bytes);
  const openFiles = async () => (await readdir('/proc/self/fd')).length;
  const before = await openFiles();
  const following = await openFollowingHash(path, bytes.length, new Set());
  const finished = following.finish().then(
    () => 'finished',
    () => 'ended',
  );
  await following[Symbol.asyncDispose]();
  expect(['finished', 'ended']).toContain(await finished);
  expect(await openFiles()).toBe(before);
});

test('one that was forgotten holds no process open', async () => {
  const path = join(directory, 'forgotten');
  await writeFile(path, bytes);
  const program = new URL('../../dist/index.js', import.meta.url).href;
  const script = join(directory, 'forget.mjs');
  await writeFile(
    script,
    `const { openFollowingHash } = await import(${JSON.stringify(program)});
    globalThis.kept = await openFollowingHash(${JSON.stringify(path)}, ${bytes.length}, new Set());`,
  );
  // Ended by a signal it would reject.
  await promisify(execFile)(process.execPath, [script], { timeout: 10_000 });
});
