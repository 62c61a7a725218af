import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { keepRunning } from './keep-running.ts';

const times = { firstPause: 10, longestPause: 40, steady: 60_000, patience: 60_000 };
const run = (program: string) =>
  spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'ignore', 'inherit'], detached: true });
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('what ends is started again, with pauses that grow to a longest one', async () => {
  const events = new EventEmitter();
  const ends: [string, number][] = [];
  await using _kept = keepRunning(
    () => run('process.exit(3)'),
    {
      started: () => undefined,
      ended: (how, againInMs) => {
        if (ends.push([how, againInMs]) === 4) events.emit('enough');
      },
    },
    times,
  );
  await once(events, 'enough');
  expect(ends.slice(0, 4)).toEqual([10, 20, 40, 40].map((pauseMs) => ['it ended with 3', pauseMs]));
});

test('one that ran for long begins with the shortest pause, and one that cannot be started is tried again', async () => {
  const events = new EventEmitter();
  const ends: [string, number][] = [];
  let starts = 0;
  const start = () => {
    starts += 1;
    if (starts === 1) throw new Error('no room');
    return starts === 2 ? spawn('/nowhere/at-all') : run('process.kill(process.pid, "SIGKILL")');
  };
  await using _kept = keepRunning(
    start,
    {
      started: () => undefined,
      ended: (how, againInMs) => {
        if (ends.push([how, againInMs]) === 3) events.emit('enough');
      },
    },
    { ...times, steady: 0 },
  );
  await once(events, 'enough');
  expect(ends.slice(0, 3)).toEqual([
    ['it could not be started: no room', 10],
    [expect.stringContaining('it could not be started: spawn /nowhere'), 10],
    ['SIGKILL ended it', 10],
  ]);
});

test('disposed, it is asked to end by its stdin, and is gone', async () => {
  const kept = keepRunning(
    () => run('process.stdin.resume().on("close", () => process.exit(0))'),
    {
      started: () => undefined,
      ended: () => undefined,
    },
    times,
  );
  const pid = kept.pid ?? 0;
  expect(isAlive(pid)).toBe(true);
  await kept[Symbol.asyncDispose]();
  expect([kept.pid, isAlive(pid)]).toEqual([null, false]);
});

test('one that does not hear is killed', async () => {
  const kept = keepRunning(
    () => run('setInterval(() => {}, 1000)'),
    { started: () => undefined, ended: () => undefined },
    { ...times, patience: 50 },
  );
  const pid = kept.pid ?? 0;
  await kept[Symbol.asyncDispose]();
  expect(isAlive(pid)).toBe(false);
});
