import { closeSync, existsSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeScratch, openScratch } from './open-scratch.ts';

const kilobyte = 1024;
const body = (bytes: number, fill: number) => new Uint8Array(bytes).fill(fill);
/** Room for so many bytes. */
function room(bytes: number) {
  const counted = {
    directory: tmpdir(),
    left: bytes,
    take(more: number) {
      if (more > counted.left) return false;
      counted.left -= more;
      return true;
    },
    give(more: number) {
      counted.left += more;
    },
  };
  return counted;
}

it('a body, also one of pieces, lies where its region says, and its readable end cannot be written', () => {
  const { scratch, readable } = makeScratch(room(2 ** 20))!;
  const region = scratch.lay([body(100 * kilobyte, 1), body(100 * kilobyte, 2)])!;
  const found = new Uint8Array(region.length);
  expect(readSync(readable, found, 0, region.length, region.offset)).toBe(200 * kilobyte);
  expect([found[0], found[100 * kilobyte - 1], found[100 * kilobyte], found.at(-1)]).toEqual([1, 1, 2, 2]);
  closeSync(readable);
  scratch.close();
});

it('small bodies and very large ones go another way', () => {
  const { scratch, readable } = makeScratch(room(64 * 2 ** 20))!;
  for (const bytes of [0, 1, 60 * kilobyte, 9 * 2 ** 20]) expect(scratch.lay(body(bytes, 1))).toBeNull();
  closeSync(readable);
  scratch.close();
});

it('attack: bodies beyond the room of all go another way; what a dead runner had is there for the next one', () => {
  const shared = room(500 * kilobyte);
  const [one, other] = [makeScratch(shared)!, makeScratch(shared)!];
  const region = one.scratch.lay(body(400 * kilobyte, 1))!;
  expect(other.scratch.lay(body(200 * kilobyte, 2))).toBeNull();
  // What was written once counts until the end, and may be used again.
  one.scratch.free(region);
  expect(other.scratch.lay(body(200 * kilobyte, 2))).toBeNull();
  expect(one.scratch.lay(body(400 * kilobyte, 3))).toEqual(region);
  one.scratch.close();
  one.scratch.close();
  expect(shared.left).toBe(500 * kilobyte);
  expect(one.scratch.lay(body(100 * kilobyte, 1))).toBeNull();
  expect(other.scratch.lay(body(200 * kilobyte, 2))).not.toBeNull();
  for (const { readable } of [one, other]) closeSync(readable);
  other.scratch.close();
});

it.runIf(existsSync('/dev/full'))(
  'attack: a full file system: the body goes another way, and its place is free again',
  () => {
    const full = openSync('/dev/full', 'r+');
    const scratch = openScratch(full, room(2 ** 20));
    for (let call = 0; call < 100; call++) expect(scratch.lay(body(300 * kilobyte, call))).toBeNull();
    scratch.close();
  },
);

it('where no file can be made there is none', () => {
  expect(makeScratch(null)).toBeNull();
  const directory = join(tmpdir(), 'callable-no-such-directory');
  rmSync(directory, { recursive: true, force: true });
  expect(makeScratch({ ...room(2 ** 20), directory })).toBeNull();
});
