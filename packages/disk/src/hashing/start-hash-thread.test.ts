import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChunkSet, chunkBytes } from '@callable/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followFile } from './follow-file.ts';
import { hashFile } from './hash-file.ts';
import { startHashThread } from './start-hash-thread.ts';
import { threadBytes } from './thread-bytes.ts';

const bytes = Buffer.alloc(threadBytes + chunkBytes + 5, randomBytes(9001));
const sha256 = createHash('sha256').update(bytes).digest('hex');
let directory: string;
let handle: FileHandle;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-hash-'));
  handle = await open(join(directory, 'file'), 'w+');
});
afterEach(async () => {
  await handle.close();
  await rm(directory, { recursive: true });
});

test('follows chunks that come in any order', async () => {
  const chunks = Math.ceil(bytes.length / chunkBytes);
  const have = new ChunkSet(chunks);
  await using whole = followFile(handle, bytes.length, have);
  for (const index of Array.from({ length: chunks }, (_, i) => i).sort((a, b) => (a % 3) - (b % 3))) {
    const chunk = bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    await handle.write(chunk, 0, chunk.length, index * chunkBytes);
    have.add(index);
    whole.follow();
  }
  expect(await whole.finish()).toMatchObject({ sha256, size: bytes.length });
});

test('a file that was cut off says so by its size', async () => {
  await handle.write(bytes, 0, 1000, 0);
  await using thread = startHashThread(handle);
  expect(await thread.finish(1001)).toMatchObject({ size: 1000 });
});

test('a large file is hashed whole, and whoever gives up waits no longer', async () => {
  const path = join(directory, 'large');
  await writeFile(path, bytes);
  expect(await hashFile(path)).toMatchObject({ sha256, size: bytes.length });
  await expect(hashFile(path, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  const giveUp = new AbortController();
  const hashing = hashFile(path, giveUp.signal);
  giveUp.abort(new Error('enough'));
  await expect(hashing).rejects.toThrow('enough');
});

test('one that is ended in the midst of a file lets go of it', async () => {
  await handle.write(bytes, 0, bytes.length, 0);
  const thread = startHashThread(handle);
  thread.advance(bytes.length);
  await thread[Symbol.asyncDispose]();
  await expect(thread.finish(bytes.length)).rejects.toThrow();
});
