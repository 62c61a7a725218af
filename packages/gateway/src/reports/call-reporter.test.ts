import { CallableError, type CallReport } from '@callable/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCallReporter } from './call-reporter.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const report = (at: number): CallReport => ({
  release: 'sha256:1' as never,
  outcome: 'good',
  at,
  receipt: null,
  probe: false,
});
const log = { warn: () => {} };

function start(answer: (batch: CallReport[]) => void = () => {}) {
  const batches: CallReport[][] = [];
  const reporter = createCallReporter({
    log,
    send: async (batch) => {
      batches.push(batch);
      answer(batch);
    },
  });
  const add = (count: number) => {
    for (let index = 0; index < count; index++) reporter.add(report(index));
  };
  return { reporter, batches, add };
}
const sizes = (batches: CallReport[][]) => batches.map((batch) => batch.length);

test('reports go in one batch after 200 ms', async () => {
  const { batches, add } = start();
  add(3);
  await vi.advanceTimersByTimeAsync(199);
  expect(batches).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(sizes(batches)).toEqual([3]);
});

test('five hundred go at once', async () => {
  const { batches, add } = start();
  add(1_200);
  await vi.advanceTimersByTimeAsync(0);
  expect(sizes(batches)).toEqual([500, 500]);
  await vi.advanceTimersByTimeAsync(200);
  expect(sizes(batches)).toEqual([500, 500, 200]);
});

test('a hub that is down gets them later, in order, with growing pauses', async () => {
  let up = false;
  const { batches, add } = start(() => {
    if (!up) throw new CallableError('HubUnreachable');
  });
  add(2);
  await vi.advanceTimersByTimeAsync(200 + 500 + 1_000);
  expect(sizes(batches)).toEqual([2, 2, 2]);
  up = true;
  add(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(batches.at(-1)?.map(({ at }) => at)).toEqual([0, 1, 0]);
});

test('what the hub refuses for good is not sent again', async () => {
  const { batches, add } = start(() => {
    throw new CallableError('RequestInvalid');
  });
  add(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sizes(batches)).toEqual([2]);
});

test('attack: calls without end while the hub is down do not fill the memory', async () => {
  let up = false;
  const { batches, add, reporter } = start(() => {
    if (!up) throw new CallableError('HubUnreachable');
  });
  add(25_000);
  await vi.advanceTimersByTimeAsync(5_000);
  up = true;
  batches.length = 0;
  await reporter.close();
  expect(batches.flat().length).toBe(20_000);
});

test('closing sends what is left', async () => {
  const { batches, add, reporter } = start();
  add(3);
  await reporter.close();
  expect(sizes(batches)).toEqual([3]);
});

test('closing does not wait for a hub that is down', async () => {
  const { batches, add, reporter } = start(() => {
    throw new CallableError('HubUnreachable');
  });
  add(3);
  await reporter.close();
  expect(sizes(batches)).toEqual([3]);
});
