import { type FileHandle, mkdtemp, open, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '@callable/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { KeptCall } from './kept-call.ts';
import { encodeCall } from './kept-call-format.ts';
import { openKeptCalls } from './open-kept-calls.ts';

const t0 = 1_790_000_000_000;
const windowMs = 10_000;
const warn = vi.fn();
const options = { windowMs, diskBytes: 1e6, clock: () => t0 + 3, log: { warn } };
const call = (n: number, bytes = 20): KeptCall => ({
  receipt: n.toString(16).padStart(2, '0').repeat(32),
  release: `sha256:${'a'.repeat(64)}` as Digest,
  encoding: 'plain',
  salt: 'b'.repeat(64),
  at: t0 + n,
  inputs: Buffer.alloc(bytes, n),
  outputs: Buffer.from(`{"y":[${n}]}`),
});

let directory: string;
/** The segments 1 to 3 of an earlier start, each of one call, the oldest first. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-left-'));
  for (const n of [1, 2, 3]) await leave(n, encodeCall(call(n)));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

const pathOf = (n: number) => join(directory, `${t0 + n}-left.calls`);
async function leave(n: number, bytes: Uint8Array) {
  await writeFile(pathOf(n), bytes);
  await utimes(pathOf(n), new Date(t0 + n), new Date(t0 + n));
}

/** Holds every read of a segment back: `begun` when one waits, which `next` lets through. */
async function holdReads() {
  const handle = await open(join(directory, 'any'), 'a');
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const original = prototype.read as (...of: unknown[]) => Promise<{ bytesRead: number }>;
  const waiting: (() => void)[] = [];
  vi.spyOn(prototype, 'read').mockImplementation(async function (this: FileHandle, ...of: unknown[]) {
    // What looks for one call reads no more than that.
    if ((of[0] as Buffer).length > 100_000) await new Promise<void>((resolve) => waiting.push(resolve));
    return original.apply(this, of);
  } as never);
  const begun = () => vi.waitUntil(() => waiting.length > 0);
  const next = async () => {
    await begun();
    waiting.shift()?.();
  };
  return { begun, next };
}

test('a start waits for no segment; the youngest is read first, and its calls are shown while older ones are not read', async () => {
  const { next } = await holdReads();
  await using kept = await openKeptCalls(directory, options);
  kept.keep(call(4));
  expect(await kept.find(call(4).receipt)).toEqual(call(4));
  await next();
  expect(await kept.find(call(3).receipt)).toEqual(call(3));
  let isFound = false;
  const oldest = kept.find(call(1).receipt).finally(() => {
    isFound = true;
  });
  await next();
  expect(await kept.find(call(2).receipt)).toEqual(call(2));
  expect(isFound).toBe(false);
  await next();
  expect(await oldest).toEqual(call(1));
});

test('what is dropped for room before it was read is gone, and is not read', async () => {
  const { next } = await holdReads();
  const size = encodeCall(call(1)).length;
  await using kept = await openKeptCalls(directory, { ...options, diskBytes: 3.5 * size });
  kept.keep(call(4));
  expect(await kept.find(call(4).receipt)).toEqual(call(4));
  const oldest = kept.find(call(1).receipt);
  await next();
  await next();
  expect(await oldest).toBeNull();
  await kept.recovered;
  expect(await readdir(directory)).not.toContain('1790000000001-left.calls');
  for (const n of [2, 3, 4]) expect(await kept.find(call(n).receipt)).toEqual(call(n));
});

test('what is older than the window goes without being read, by the time of its file or of its name', async () => {
  const { next } = await holdReads();
  await utimes(pathOf(2), new Date(t0 + windowMs), new Date(t0 + windowMs));
  await using kept = await openKeptCalls(directory, { ...options, clock: () => t0 + windowMs + 4 });
  expect((await readdir(directory)).filter((name) => name.endsWith('.calls'))).toEqual([`${t0 + 2}-left.calls`]);
  await next();
  await kept.recovered;
  expect(await kept.find(call(1).receipt)).toBeNull();
  expect(await kept.find(call(2).receipt)).toEqual(call(2));
});

test('a node that ends while it still reads leaves what it did not read to the next start', async () => {
  const { begun, next } = await holdReads();
  const kept = await openKeptCalls(directory, options);
  await begun();
  const ended = kept[Symbol.asyncDispose]();
  await next();
  await ended;
  vi.restoreAllMocks();
  await using again = await openKeptCalls(directory, options);
  for (const n of [1, 2, 3]) expect(await again.find(call(n).receipt)).toEqual(call(n));
});

test('a disk that cannot give a segment back costs its calls alone, and says so', async () => {
  const handle = await open(pathOf(1));
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const read = vi
    .spyOn(prototype, 'read')
    .mockRejectedValueOnce(Object.assign(new Error('bad sector'), { code: 'EIO' }));
  warn.mockClear();
  await using kept = await openKeptCalls(directory, options);
  await kept.recovered;
  expect(warn).toHaveBeenCalledTimes(1);
  read.mockRestore();
  expect(await kept.find(call(3).receipt)).toBeNull();
  for (const n of [1, 2]) expect(await kept.find(call(n).receipt)).toEqual(call(n));
});

test('a segment that somebody removed while the node runs is no accident of a look-up', async () => {
  await using kept = await openKeptCalls(directory, options);
  await kept.recovered;
  await rm(pathOf(2));
  expect(await kept.find(call(2).receipt)).toBeNull();
  expect(await kept.find(call(1).receipt)).toEqual(call(1));
});
