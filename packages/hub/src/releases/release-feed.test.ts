import type { Digest, ReleaseView } from '@callable/protocol';
import { createReleaseView } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { ChangeFeed } from '../changes/change-feed.ts';
import { type Follower, ReleaseFeed } from './release-feed.ts';

const patient = { timeout: 20_000 };
const digest = `sha256:${'a'.repeat(64)}` as Digest;

/** A feed over a release that says how often it was read, and followers that note what they are told. */
function play(
  read: (count: number) => ReleaseView = (count) => ({ ...createReleaseView(), receipts: count }) as never,
) {
  const changes = new ChangeFeed();
  const [seen, failures] = [{ reads: 0 }, [] as unknown[]];
  const feed = new ReleaseFeed({
    changes,
    read: async () => read(++seen.reads),
    onFailure: (error) => failures.push(error),
  });
  const told: string[][] = [];
  const follow = () => {
    const events: string[] = [];
    told.push(events);
    const follower: Follower = {
      tell: (event) => events.push(String(event)),
      stillHere: () => events.push('still here'),
      end: () => events.push('end'),
    };
    return feed.follow(digest, follower);
  };
  const change = () => changes.emit({ topic: 'release', subject: digest });
  return { feed, told, follow, change, seen, failures };
}

test('a thousand followers of one release cost a read for each change, not a thousand, and all are told', async () => {
  const { told, follow, change, seen } = play();
  const leave = Array.from({ length: 1000 }, follow);
  await expect.poll(() => told.every((events) => events.length === 1), patient).toBe(true);
  expect(seen.reads).toBeLessThan(5);
  const before = seen.reads;
  change();
  await expect.poll(() => told.every((events) => events.length === 2), patient).toBe(true);
  expect(seen.reads - before).toBeLessThan(3);
  for (const one of leave) one();
});

test('changes that come faster than they can be told are told as one', async () => {
  const { told, follow, change, seen } = play();
  const leave = follow();
  await expect.poll(() => told[0]?.length).toBe(1);
  for (let i = 0; i < 500; i++) change();
  await expect.poll(() => told[0]?.at(-1)).toContain(`"receipts":${seen.reads}`);
  expect(seen.reads).toBeLessThan(10);
  leave();
});

test('who was told of this view already is not told it again when somebody else comes', async () => {
  const { told, follow, seen } = play(() => createReleaseView());
  follow();
  await expect.poll(() => told[0]?.length).toBe(1);
  follow();
  await expect.poll(() => told[1]?.length).toBe(1);
  expect([seen.reads, told[0]?.length]).toEqual([2, 1]);
});

test('nobody is told after leaving, and the last who leaves ends the reading', async () => {
  const { told, follow, change, seen } = play();
  const leave = follow();
  await expect.poll(() => told[0]?.length).toBe(1);
  leave();
  change();
  const stays = follow();
  await expect.poll(() => told[1]?.length).toBe(1);
  expect([told[0]?.length, seen.reads]).toEqual([1, 2]);
  stays();
});

test('a read that fails ends the streams of that release once, and whoever comes again is served', async () => {
  const { told, follow, failures } = play((count) => {
    if (count === 1) throw new Error('the database is away');
    return createReleaseView();
  });
  follow();
  follow();
  await expect.poll(() => told).toEqual([['end'], ['end']]);
  expect(failures).toHaveLength(1);
  const leave = follow();
  await expect.poll(() => told[2]?.[0]).toContain('event: release');
  leave();
});
