import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type OutageEvent, Outages } from './outages.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const events: OutageEvent[] = [];
  const outages = new Outages((event) => events.push(event), { now: () => Date.now() });
  return { outages, kinds: () => events.map(({ kind }) => kind) };
}
const never = new AbortController().signal;
const settled = async (waiting: Promise<unknown>) => {
  let isSettled = false;
  void waiting.then(() => {
    isSettled = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  return isSettled;
};

test('loops begin again only when the time of the outage was given back', async () => {
  const { outages } = start();
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  outages.recover = () => given;
  outages.watch.onAway({ why: 'it was killed', since: Date.now(), isRefused: false });
  expect(outages.isHalted).toBe(true);
  const over = outages.untilOver(never);
  outages.watch.onBack(1000);
  expect(await settled(over)).toBe(false);
  give();
  expect(await settled(over)).toBe(true);
  expect(outages.isHalted).toBe(false);
});

test('what cannot be given back at once is tried again until it is', async () => {
  const { outages } = start();
  let attempts = 0;
  outages.recover = async () => {
    attempts++;
    if (attempts < 3) throw new Error('Connection terminated unexpectedly');
  };
  outages.watch.onAway({ why: 'it was killed', since: Date.now(), isRefused: false });
  outages.watch.onBack(1000);
  const over = outages.untilOver(never);
  expect(await settled(over)).toBe(false);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await settled(over)).toBe(true);
  expect(attempts).toBe(3);
});

test('a disk that stays full is said once, tried every five seconds, and has room when nothing failed for five more', async () => {
  const { outages, kinds } = start();
  outages.sayFull('database', 'no room');
  expect(outages.fullMessage('database')).toBe('no room');
  await vi.advanceTimersByTimeAsync(5_001);
  // Now it is tried.
  expect(outages.fullMessage('database')).toBeNull();
  expect(outages.isHalted).toBe(false);
  outages.sayFull('database', 'no room');
  expect(outages.isHalted).toBe(true);
  expect(kinds()).toEqual(['full']);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(outages.isHalted).toBe(false);
  expect(kinds()).toEqual(['full', 'room']);
});

test('a full disk of the log keeps no loop from its work', () => {
  const { outages } = start();
  outages.sayFull('log', 'no room');
  expect(outages.isHalted).toBe(false);
  expect(outages.fullMessage('log')).toBe('no room');
});

test('an error of PostgreSQL says which outage it is, also behind a wrapper, and any other is none', () => {
  const { outages } = start();
  const code = (code: string, more = {}) => Object.assign(new Error('it failed'), { code, ...more });
  expect(outages.errorOf(new Error('outer', { cause: code('57P01') }))?.code).toBe('DatabaseUnavailable');
  expect(outages.errorOf(code('ECONNREFUSED', { syscall: 'connect' }))?.details.retryAfterSeconds).toBe(1);
  expect(outages.errorOf(code('25006'))?.status).toBe(503);
  expect(outages.errorOf(code('53100'))).toMatchObject({ code: 'DiskFull', status: 507 });
  // A file that is missing is no database that is.
  expect(outages.errorOf(code('ENOENT', { syscall: 'open' }))).toBeNull();
  expect(outages.errorOf(code('23505'))).toBeNull();
  expect(outages.errorOf('text')).toBeNull();
});
