import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '@callable/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { KeptCall } from './kept-call.ts';
import { encodeCall } from './kept-call-format.ts';
import { openKeptCalls } from './open-kept-calls.ts';
import { readSegment } from './read-segment.ts';
import { openSegment } from './segment.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-segment-'));
  path = join(directory, 'left.calls');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const t0 = 1_790_000_000_000;
const idOf = (n: number) => n.toString(16).padStart(2, '0').repeat(32);
const call = (n: number, bytes = 20): KeptCall => ({
  receipt: idOf(n),
  release: `sha256:${'a'.repeat(64)}` as Digest,
  encoding: 'plain',
  salt: 'b'.repeat(64),
  at: t0 + n,
  inputs: Buffer.alloc(bytes, n),
  outputs: Buffer.from(`{"y":[${n}]}`),
});
const options = { windowMs: 1000, diskBytes: 1e9, clock: () => t0, log: { warn: vi.fn() } };
const numbers = [1, 2, 3];

/** Which of the calls 1 to 3 a node shows that starts on these bytes. */
async function shown(bytes: Uint8Array): Promise<number[]> {
  await writeFile(path, bytes);
  await using kept = await openKeptCalls(directory, options);
  const found = await Promise.all(numbers.map((n) => kept.find(idOf(n))));
  expect(found[0] ?? call(1)).toEqual(call(1));
  return numbers.filter((_, index) => found[index]);
}

test('a segment that was cut anywhere costs the calls behind the cut alone', async () => {
  const calls = numbers.map((n) => encodeCall(call(n)));
  const whole = Buffer.concat(calls);
  const [first = 0, second = 0] = calls.map(({ length }) => length);
  const cuts = [0, 1, 11, 12, 13, 40, 90, first - 1, first, first + 1, first + 11, first + 12, first + second - 1];
  for (const cut of [...cuts, whole.length - 1, whole.length])
    expect(await shown(whole.subarray(0, cut))).toEqual(
      numbers.filter((n) => n * first <= cut || (n === 3 && cut === whole.length)),
    );
});

test('attack: lengths beyond the file, sizes that do not add up and heads that are none never stop the start', async () => {
  const calls = numbers.map((n) => encodeCall(call(n)));
  const whole = Buffer.concat(calls);
  const second = calls[0]?.length ?? 0;
  for (const field of [0, 4, 8])
    for (const value of [0, 1, 11, 12, 4096, 4097, 0x7fff_ffff, 0xffff_ffff]) {
      const bent = Buffer.from(whole);
      // What stands before it is found, whatever is taken for the others.
      bent.writeUInt32LE(value, second + field);
      expect(await shown(bent)).toContain(1);
    }
  for (let at = second; at < 2 * second; at += 7) {
    const bent = Buffer.from(whole);
    bent.writeUInt8((bent[at] ?? 0) ^ 0x55, at);
    expect(await shown(bent)).toContain(1);
    const segment = openSegment(path, t0);
    await readSegment(segment, new AbortController().signal);
    expect(Number.isFinite(segment.lastAt)).toBe(true);
  }
  expect(await shown(Buffer.alloc(5000, 0xff))).toEqual([]);
  expect(await shown(Buffer.alloc(5000))).toEqual([]);
});

test('a head that lies about its call shows no other call in its place', async () => {
  // The first eight digits are all that is remembered of an id.
  const twin = { ...call(1), receipt: `${idOf(1).slice(0, 8)}${'0'.repeat(56)}` };
  await writeFile(path, Buffer.concat([encodeCall(twin), encodeCall(call(1))]));
  await using kept = await openKeptCalls(directory, options);
  expect(await kept.find(twin.receipt)).toEqual(twin);
  expect(await kept.find(idOf(1))).toEqual(call(1));
  expect(await kept.find(`${idOf(1).slice(0, 8)}${'1'.repeat(56)}`)).toBeNull();
});

test('large and small calls in one segment are found, and the bodies of large ones are not read', async () => {
  const sizes = [3_000_000, 20, 1_200_000, 70_000, 3_000_000, 0];
  const calls = sizes.map((bytes, n) => call(n + 1, bytes));
  await writeFile(path, Buffer.concat(calls.map(encodeCall)));
  await using kept = await openKeptCalls(directory, options);
  for (const each of calls) expect(await kept.find(each.receipt)).toEqual(each);
  expect((await readFile(path)).length).toBeGreaterThan(7_000_000);
});

test('what is no file among the segments is passed over', async () => {
  const { mkdir, symlink } = await import('node:fs/promises');
  await mkdir(join(directory, 'a.calls'));
  await symlink(join(directory, 'nowhere'), join(directory, 'b.calls'));
  expect(await shown(encodeCall(call(1)))).toEqual([1]);
});
