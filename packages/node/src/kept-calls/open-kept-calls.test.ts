import { type FileHandle, mkdtemp, open, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '@callable/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { KeptCall } from './kept-call.ts';
import { type KeptCallsOptions, openKeptCalls } from './open-kept-calls.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-kept-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const t0 = 1_790_000_000_000;
const warn = vi.fn();
const options = (more: Partial<KeptCallsOptions> = {}): KeptCallsOptions => ({
  windowMs: 1000,
  diskBytes: 1e6,
  clock: () => t0,
  log: { warn },
  ...more,
});
const call = (n: number, at = t0, bytes = 10): KeptCall => ({
  receipt: n.toString(16).padStart(64, '0'),
  release: `sha256:${'a'.repeat(64)}` as Digest,
  encoding: 'plain',
  salt: 'b'.repeat(64),
  at,
  inputs: Buffer.alloc(bytes, n),
  outputs: Buffer.from(`{"y":[${n}]}`),
});

async function prototypeOfFiles(): Promise<FileHandle> {
  await using handle = await open(join(directory, 'any'), 'a');
  return Object.getPrototypeOf(handle);
}

test('a call is found again, byte for byte, also after a restart', async () => {
  const first = await openKeptCalls(directory, options());
  for (const n of [1, 2, 3]) first.keep(call(n));
  expect(await first.find(call(2).receipt)).toEqual(call(2));
  await first[Symbol.asyncDispose]();
  await using second = await openKeptCalls(directory, options());
  for (const n of [1, 2, 3]) expect(await second.find(call(n).receipt)).toEqual(call(n));
  expect(await second.find('f'.repeat(64))).toBeNull();
});

test('a call is found after a restart in whatever order its members were given', async () => {
  const first = await openKeptCalls(directory, options());
  const { receipt, ...rest } = call(1);
  first.keep({ ...rest, receipt });
  await first[Symbol.asyncDispose]();
  await using second = await openKeptCalls(directory, options());
  expect(await second.find(receipt)).toEqual(call(1));
});

test('attack: a flood of calls hides none: one is shown while there is always another to write', async () => {
  await using kept = await openKeptCalls(directory, options());
  const prototype = await prototypeOfFiles();
  const original = prototype.writev;
  let [last, flooding] = [1, true];
  const writev = vi.spyOn(prototype, 'writev').mockImplementation(function (this: FileHandle, ...parts) {
    if (flooding) kept.keep(call(++last));
    return original.apply(this, parts);
  });
  kept.keep(call(1));
  expect(await kept.find(call(1).receipt)).toEqual(call(1));
  flooding = false;
  expect(last).toBeGreaterThan(1);
  writev.mockRestore();
});

test('a crash in the middle of a write costs that call alone', async () => {
  const first = await openKeptCalls(directory, options());
  for (const n of [1, 2]) first.keep(call(n));
  await first[Symbol.asyncDispose]();
  const [name = ''] = await readdir(directory);
  const path = join(directory, name);
  const { size } = await import('node:fs/promises').then(({ stat }) => stat(path));
  await truncate(path, size - 1);
  await using second = await openKeptCalls(directory, options());
  expect(await second.find(call(1).receipt)).toEqual(call(1));
  expect(await second.find(call(2).receipt)).toBeNull();
  second.keep(call(3));
  expect(await second.find(call(3).receipt)).toEqual(call(3));
});

test('calls older than the window leave memory and disk', async () => {
  await using kept = await openKeptCalls(directory, options());
  for (let n = 0; n < 100; n++) kept.keep(call(n, t0 + 50 * n));
  expect(await kept.find(call(99).receipt)).not.toBeNull();
  expect(await kept.find(call(0).receipt)).toBeNull();
  expect((await readdir(directory)).length).toBeLessThanOrEqual(12);
});

test('attack: a flood of large calls stays within the disk it was given', async () => {
  await using kept = await openKeptCalls(directory, options({ diskBytes: 50_000 }));
  for (let n = 0; n < 100; n++) kept.keep(call(n, t0 + n, 2000));
  expect(await kept.find(call(99).receipt)).not.toBeNull();
  expect(await kept.find(call(0).receipt)).toBeNull();
  const { stat } = await import('node:fs/promises');
  const sizes = await Promise.all((await readdir(directory)).map((name) => stat(join(directory, name))));
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(50_000);
  // One that alone is too large is left out, and costs the others nothing.
  kept.keep(call(101, t0 + 101, 60_000));
  expect(await kept.find(call(101).receipt)).toBeNull();
  expect(await kept.find(call(99).receipt)).not.toBeNull();
});

test('a disk that is full for a while hides no call: it is shown from memory, and later ones from the disk again', async () => {
  await using kept = await openKeptCalls(directory, options());
  kept.keep(call(1));
  expect(await kept.find(call(1).receipt)).toEqual(call(1));
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const prototype = await prototypeOfFiles();
  // As a disk does it: a part of the call is written before there is no more room.
  const append = vi.spyOn(prototype, 'writev').mockImplementation(async function (this: FileHandle) {
    await this.write(Buffer.from('{"half'));
    throw full;
  });
  warn.mockClear();
  for (const n of [2, 3]) {
    kept.keep(call(n));
    expect(await kept.find(call(n).receipt)).toEqual(call(n));
  }
  expect(warn).toHaveBeenCalledTimes(1);
  append.mockRestore();
  kept.keep(call(4));
  for (const n of [1, 2, 3, 4]) expect(await kept.find(call(n).receipt)).toEqual(call(n));
  await using again = await openKeptCalls(directory, options());
  expect(await again.find(call(4).receipt)).toEqual(call(4));
});
