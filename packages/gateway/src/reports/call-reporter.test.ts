import {
  type ArrivedBatch,
  CallableError,
  decodeSegment,
  encodeSegment,
  type GoodLinkAnswer,
  type Segment,
  verifyFiledBatches,
  viewSegment,
  zeroAddress,
} from '@callable/protocol';
import { createReleaseView, createTestReceipts, factsOf, randomKey } from '@callable/stand-ins';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCallReporter } from './call-reporter.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

const release = createReleaseView();
type Good = Pick<GoodLinkAnswer, 'receipt' | 'batch'>;

/** A link whose batches are made by hand: `sign` gives one with so many answers. */
function openLink(receipts = createTestReceipts(randomKey())) {
  let signed: Good[] = [];
  const session = receipts.open<null>(zeroAddress, ({ entries, ...batch }) => {
    signed = entries.map(({ receipt }) => ({ receipt, batch }));
  });
  return async (count: number): Promise<Good[]> => {
    for (let index = 0; index < count; index++)
      session.add(factsOf(release, { request: '11'.repeat(32), caller: zeroAddress }, new Uint8Array()), null);
    await new Promise((resolve) => setImmediate(resolve));
    return signed;
  };
}

function start(answer: () => void = () => {}) {
  const segments: NonNullable<ReturnType<typeof decodeSegment>>[] = [];
  const warnings: Record<string, unknown>[] = [];
  const reporter = createCallReporter({
    key: randomKey(),
    clock: Date.now,
    log: { warn: ((said: Record<string, unknown>) => void warnings.push(said)) as never },
    send: async (bytes) => {
      const segment = decodeSegment(bytes);
      if (!segment) throw new Error('That is no segment.');
      segments.push(segment);
      answer();
    },
  });
  const take = ([first]: Good[]) => reporter.take(first?.batch as ArrivedBatch);
  /** What was sent of each batch: usage as 1, bare hashes as 0. */
  const sent = () =>
    segments.map(({ batches }) =>
      batches.map(({ records }) => records.map(({ kind }) => Number(kind === 'call')).join('')),
    );
  return { reporter, segments, warnings, take, sent };
}

/** Of each batch, whether its signatures and its root hold. */
function areSound(segment: Segment | undefined): boolean[] {
  const view = segment && viewSegment(encodeSegment(segment));
  return view ? verifyFiledBatches(view, { every: true }).map((one) => one?.ok === true && one.said === 'itself') : [];
}

test('whole batches go once a second, and what is no usage in them as bare hashes', async () => {
  const sign = openLink();
  const { reporter, segments, take, sent } = start();
  const [first, second] = [await sign(3), await sign(1)];
  for (const batch of [first, second]) take(batch);
  for (const answer of [...first.slice(0, 2), ...second]) reporter.used(answer, null);
  reporter.unused(first[2] as Good);
  reporter.failed(release.digest);
  reporter.failed(release.digest);
  await vi.advanceTimersByTimeAsync(999);
  expect(segments).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent()).toEqual([['110', '1']]);
  expect(segments[0]?.failures).toMatchObject([{ release: release.digest, count: 2 }]);
  expect(areSound(segments[0])).toEqual([true, true]);
});

test('a segment goes at once when it is full', async () => {
  const sign = openLink();
  const { reporter, sent, take } = start();
  // 64 calls take about 19 kB at most.
  for (let batch = 0; batch < 230 && sent().length === 0; batch++) {
    const answers = await sign(64);
    take(answers);
    for (const answer of answers) reporter.used(answer, null);
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(sent().length).toBe(1);
  await reporter.close();
});

test('attack by a node: a batch whose answers never come is reported all the same, and holds up nobody else for long', async () => {
  const [sign, other] = [openLink(), openLink()];
  const { reporter, sent, take } = start();
  const [stuck, behind, elsewhere] = [await sign(2), await sign(1), await other(1)];
  for (const batch of [stuck, behind, elsewhere]) take(batch);
  for (const answer of [stuck[0], behind[0], elsewhere[0]]) reporter.used(answer as Good, null);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent()).toEqual([['1']]);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(sent()).toEqual([['1'], ['10', '1']]);
  // Too late: it has gone as no usage.
  reporter.used(stuck[1] as Good, null);
  await reporter.close();
  expect(sent().length).toBe(2);
});

test('a batch waits for no answer whose call has ended', async () => {
  const sign = openLink();
  const { reporter, sent, take } = start();
  const answers = await sign(3);
  take(answers);
  reporter.used(answers[0] as Good, null);
  for (const { receipt, batch } of answers.slice(1)) batch.dropped.add(receipt.seq);
  // One of them was answered after all, in the same moment.
  reporter.used(answers[2] as Good, null);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent()).toEqual([['101']]);
});

test('a hub that is away gets the very same bytes later, and what came meanwhile together', async () => {
  let up = false;
  const sign = openLink();
  const { reporter, segments, sent, take } = start(() => {
    if (!up) throw new CallableError('HubUnreachable');
  });
  const one = async () => {
    const answers = await sign(1);
    take(answers);
    reporter.used(answers[0] as Good, null);
    await vi.advanceTimersByTimeAsync(1_000);
  };
  for (let second = 0; second < 3; second++) await one();
  expect(new Set(sent().map((batches) => batches.length))).toEqual(new Set([1]));
  up = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(sent().at(-1)).toEqual(['1', '1']);
  expect(segments.at(-2)).toEqual(segments[0]);
});

test('what the hub refuses for good is dropped, and said', async () => {
  let refuses = true;
  const sign = openLink();
  const { reporter, warnings, sent, take } = start(() => {
    if (refuses) throw new CallableError('SignerNotAllowed');
  });
  const report = async () => {
    const answers = await sign(1);
    take(answers);
    reporter.used(answers[0] as Good, null);
    await reporter.flush();
  };
  await report();
  refuses = false;
  await report();
  expect([sent(), warnings]).toEqual([[['1'], ['1']], [{ code: 'SignerNotAllowed', calls: 1 }]]);
});

test('closing tells everything, also what is not settled, and waits two seconds for it', async () => {
  const sign = openLink();
  const { reporter, sent, take } = start();
  const answers = await sign(2);
  take(answers);
  reporter.used(answers[0] as Good, null);
  await reporter.close();
  expect(sent()).toEqual([['10']]);

  const silent = createCallReporter({
    key: randomKey(),
    clock: Date.now,
    log: { warn: () => {} },
    send: (_bytes, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  silent.failed(release.digest);
  const closed = silent.close();
  await vi.advanceTimersByTimeAsync(2_000);
  await closed;
});

test('a gateway that dies with unreported batches leaves no hole in what the next one reports', async () => {
  const receipts = createTestReceipts(randomKey());
  const [before, after] = [openLink(receipts), openLink(receipts)];
  const dead = start();
  dead.take(await before(2));
  const next = start();
  const answers = await after(1);
  next.take(answers);
  next.reporter.used(answers[0] as Good, null);
  await next.reporter.flush();
  const [{ batch } = { batch: undefined }] = next.segments[0]?.batches ?? [];
  expect(batch).toMatchObject({ first: 0, previous: '0'.repeat(64) });
  expect(batch?.session).not.toBe((await before(1))[0]?.batch.batch.session);
  expect(areSound(next.segments[0])).toEqual([true]);
});

test('attack: a hub that is away for long costs 64 MiB, and the oldest are dropped, counted and said', async () => {
  const { createSegmentQueue } = await import('./segment-queue.ts');
  let up = false;
  const sent: number[] = [];
  const warnings: Record<string, unknown>[] = [];
  const queue = createSegmentQueue({
    log: { warn: ((said: Record<string, unknown>) => void warnings.push(said)) as never },
    onSent: () => {},
    send: async (bytes) => {
      if (!up) throw new CallableError('HubUnreachable');
      sent.push(bytes.length);
    },
  });
  for (let index = 0; index < 20; index++) queue.push(new Uint8Array(4 * 2 ** 20 - index), 100);
  up = true;
  await queue.drain();
  await vi.advanceTimersByTimeAsync(30_000);
  await queue.drain();
  expect(sent.length).toBe(16);
  expect(warnings.at(-1)?.['droppedCalls']).toBe(400);
  expect(queue.isEmpty).toBe(true);
  queue.stop();
});

test('the last report is tried again while the gateway closes: the hub may be without its database for a moment', async () => {
  const sign = openLink();
  let refusals = 2;
  const { reporter, segments, take } = start(() => {
    if (refusals-- > 0) throw new CallableError('DatabaseUnavailable');
  });
  const answers = await sign(1);
  take(answers);
  reporter.used(answers[0] as Good, null);
  const closed = vi.fn();
  const closing = reporter.close().then(closed);
  await vi.advanceTimersByTimeAsync(1_499);
  expect(closed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await closing;
  expect(segments.length).toBe(3);
});
