import { CallableError, type Digest, type ReleaseView, type WakeEstimate } from '@callable/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRateLimiter } from '../limits/rate-limiter.ts';
import { createColdWaits } from './cold-waits.ts';

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;
const releaseOf = (letter: string) =>
  ({ digest: digestOf(letter), reference: `p/${letter}@1.0.0`, conditions: [] }) as unknown as ReleaseView;
const estimate: WakeEstimate = { nodes: 2, seconds: 3, basis: 'the last 4 took 3.0 s on average.' };

function start({
  perMinute = 30,
  wake = async () => estimate,
  settlesInMs = 0,
}: {
  perMinute?: number;
  wake?: () => Promise<WakeEstimate>;
  settlesInMs?: number;
} = {}) {
  const held = new Set<Digest>();
  const asked: Digest[] = [];
  const clock = () => Date.now();
  const from = clock();
  let isStopping = false;
  const waits = createColdWaits({
    clock,
    settledAt: () => (isStopping ? 0 : from + settlesInMs),
    rates: createRateLimiter(perMinute, clock, (network) => network),
    isHeld: (release) => held.has(release),
    wake: (release) => {
      asked.push(release);
      return wake();
    },
  });
  const caller = (more: { network?: string; leftMs?: number; signal?: AbortSignal } = {}) => ({
    network: more.network ?? 'net',
    remainingMs: () => more.leftMs ?? 30_000,
    signal: more.signal ?? new AbortController().signal,
  });
  const stop = () => {
    isStopping = true;
  };
  return { held, asked, waits, caller, stop };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a call waits until a node holds the release; all that wait ask once', async () => {
  const { held, asked, waits, caller } = start();
  const waiting = Promise.all([1, 2, 3].map(() => waits.untilHeld(releaseOf('a'), caller())));
  await vi.advanceTimersByTimeAsync(500);
  expect(asked).toEqual([digestOf('a')]);
  held.add(digestOf('a'));
  await vi.advanceTimersByTimeAsync(100);
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
  expect(waits.coldMs(digestOf('a'))).toBe(3000);
});

test('what takes longer than the caller waits is refused at once, with the estimate, its basis and when to come again', async () => {
  const { waits, caller } = start();
  await expect(waits.untilHeld(releaseOf('a'), caller({ leftMs: 2999 }))).rejects.toMatchObject({
    code: 'NoNodeHoldsModel',
    message: expect.stringContaining('3 s: the last 4 took 3.0 s'),
    details: { estimate: { seconds: 3, basis: estimate.basis }, retryAfterSeconds: 3 },
  });
});

test('a deadline that passes while it is fetched says what it waited for; a caller that leaves ends its wait', async () => {
  const { waits, caller } = start();
  const [late, gone] = [new AbortController(), new AbortController()];
  const waiting = [late, gone].map(({ signal }) =>
    waits.untilHeld(releaseOf('a'), caller({ signal })).catch((error: unknown) => error),
  );
  await vi.advanceTimersByTimeAsync(100);
  late.abort(new CallableError('CallTimedOut'));
  gone.abort(new Error('left'));
  const [timedOut, left] = await Promise.all(waiting);
  expect(timedOut).toMatchObject({ code: 'NoNodeHoldsModel', details: { estimate: { seconds: 3 } } });
  expect(left).toMatchObject({ message: 'left' });
  await vi.advanceTimersByTimeAsync(100);
  expect(vi.getTimerCount()).toBe(0);
});

test('without a node that has room, or a hub that answers, nobody waits', async () => {
  const nobody = start({ wake: async () => ({ ...estimate, nodes: 0 }) });
  await expect(nobody.waits.untilHeld(releaseOf('a'), nobody.caller())).rejects.toMatchObject({
    message: expect.stringContaining('No node that has room for it is connected'),
  });
  const silent = start({ wake: () => Promise.reject(new Error('away')) });
  await expect(silent.waits.untilHeld(releaseOf('a'), silent.caller())).rejects.toMatchObject({
    code: 'NoNodeHoldsModel',
    details: { retryAfterSeconds: 5 },
  });
});

test.each<[string, () => Promise<WakeEstimate>]>([
  ['nobody is connected to the hub', async () => ({ ...estimate, nodes: 0 })],
  ['the hub is away', () => Promise.reject(new Error('away'))],
  ['fetching takes longer than the caller waits', async () => ({ ...estimate, seconds: 60 })],
])('a gateway that has just started and is told that %s waits for its nodes', async (_why, wake) => {
  const { held, asked, waits, caller } = start({ settlesInMs: 10_000, wake });
  const waiting = waits.untilHeld(releaseOf('a'), caller());
  await vi.advanceTimersByTimeAsync(2_500);
  expect(asked.length).toBeLessThanOrEqual(3);
  held.add(digestOf('a'));
  await vi.advanceTimersByTimeAsync(100);
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
});

test('a gateway that has just started hears of nodes that come to the hub, and refuses when it has settled without', async () => {
  let nodes = 0;
  const { held, asked, waits, caller } = start({ settlesInMs: 10_000, wake: async () => ({ ...estimate, nodes }) });
  const found = waits.untilHeld(releaseOf('a'), caller());
  const lost = waits.untilHeld(releaseOf('b'), caller({ leftMs: 1_000 })).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(500);
  nodes = 2;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual(['a', 'b', 'a', 'b'].map(digestOf));
  await vi.advanceTimersByTimeAsync(9_000);
  expect(await lost).toMatchObject({ code: 'NoNodeHoldsModel', details: { estimate: { seconds: 3 } } });
  held.add(digestOf('a'));
  await vi.advanceTimersByTimeAsync(100);
  await found;
  expect(vi.getTimerCount()).toBe(0);
});

test('a gateway that is told to stop before it has settled keeps nobody waiting', async () => {
  const { waits, caller, stop } = start({ settlesInMs: 10_000, wake: async () => ({ ...estimate, nodes: 0 }) });
  const waiting = waits.untilHeld(releaseOf('a'), caller()).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(500);
  stop();
  await vi.advanceTimersByTimeAsync(600);
  expect(await waiting).toMatchObject({ code: 'NoNodeHoldsModel' });
});

test('a gateway that settles passes on no deadline: a caller who waits for less hears why, one who leaves is gone', async () => {
  const { waits, caller } = start({ settlesInMs: 10_000, wake: async () => ({ ...estimate, nodes: 0 }) });
  const [late, gone] = [new AbortController(), new AbortController()];
  const waiting = [late, gone].map(({ signal }) =>
    waits.untilHeld(releaseOf('a'), caller({ signal })).catch((error: unknown) => error),
  );
  await vi.advanceTimersByTimeAsync(1_500);
  late.abort(new CallableError('CallTimedOut'));
  gone.abort(new Error('left'));
  expect(await Promise.all(waiting)).toMatchObject([
    { code: 'NoNodeHoldsModel', details: { retryAfterSeconds: 5 } },
    { message: 'left' },
  ]);
  await vi.advanceTimersByTimeAsync(100);
  expect(vi.getTimerCount()).toBe(0);
});

test('attack: one network has every release of the catalogue fetched', async () => {
  const { asked, waits, caller } = start({ perMinute: 2 });
  const calls = [...'abcd'].map((letter) =>
    waits.untilHeld(releaseOf(letter), caller()).catch((error: unknown) => error),
  );
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(2);
  expect(await calls[2]).toMatchObject({
    message: expect.stringContaining('Your network has had many releases fetched'),
  });
});

test('attack: calls that wait hold connections: a network has 32, a release 64, and the others are told at once', async () => {
  const { waits, caller } = start();
  const call = (network: string) =>
    waits.untilHeld(releaseOf('a'), caller({ network })).catch((error: unknown) => error);
  const told: unknown[] = [];
  for (let count = 0; count < 33; count++) void call('one').then((error) => told.push(error));
  await vi.advanceTimersByTimeAsync(1);
  for (let count = 0; count < 33; count++) void call(`net ${count}`).then((error) => told.push(error));
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toHaveLength(2);
  expect(told[0]).toMatchObject({
    code: 'NoNodeHoldsModel',
    message: expect.stringContaining('Many calls wait already'),
  });
});

test('another copy is asked for once in half a minute', async () => {
  const { asked, waits } = start();
  for (let count = 0; count < 5; count++) waits.wakeAnother(digestOf('a'));
  await vi.advanceTimersByTimeAsync(29_000);
  waits.wakeAnother(digestOf('a'));
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  waits.wakeAnother(digestOf('a'));
  expect(asked).toHaveLength(2);
});
