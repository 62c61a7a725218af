import { expect, it } from 'vitest';
import { findScratchRoom } from './find-scratch-room.ts';

const room = await findScratchRoom('/dev/shm', 2 ** 20);

it('there is none in a directory that is not there, and none where files are not memory', async () => {
  expect(await findScratchRoom('/no/such/directory')).toBeNull();
  expect(await findScratchRoom('/proc')).toBeNull();
});

it.runIf(room)('attack: scratch files take no more than their share (where /dev/shm is memory)', () => {
  expect(room?.take(2 ** 20)).toBe(true);
  expect(room?.take(1)).toBe(false);
  room?.give(1);
  expect(room?.take(1)).toBe(true);
});
