import { CallableError } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { expect, it } from 'vitest';
import { createChunkPatience } from './chunk-patience.ts';
import { outlastOutages } from './outlast-outages.ts';
import type { PublishEvent } from './publish-event.ts';

const away = () => new CallableError('HubUnreachable', 'The hub is away.');
const bytes = (done: number): PublishEvent => ({ kind: 'upload', name: 'Upload', done, total: 9, alreadyThere: 0 });

/** What a step does each time it is run. */
type Run = { tells?: PublishEvent[]; throws?: Error };

async function follow(runs: Run[], clock: () => number = () => 0, signal = new AbortController().signal) {
  const events: PublishEvent[] = [];
  const asked: string[] = [];
  const fetch = (url: unknown) => {
    asked.push(String(url));
    return Promise.resolve(new Response());
  };
  const client = createClient('http://hub', { fetch, random: (length) => new Uint8Array(length) });
  const story = outlastOutages({ client, clock, signal }, async function* () {
    const { tells = [], throws } = runs.shift() ?? {};
    yield* tells;
    if (throws) throw throws;
    return 'done';
  });
  const result = (async () => {
    for (;;) {
      const { done, value } = await story.next();
      if (done) return value;
      events.push(value);
    }
  })();
  return { events, asked, result: await result.catch((error: Error) => error) };
}

it('tells each outage once, and a new one after bytes have arrived', async () => {
  const { events, result } = await follow([
    { throws: away() },
    { throws: away() },
    { tells: [bytes(3)], throws: away() },
    { tells: [bytes(3), bytes(9)] },
  ]);
  expect(result).toBe('done');
  expect(events.map(({ kind }) => kind)).toEqual(['outage', 'upload', 'outage', 'upload', 'upload']);
});

it('is patient for five minutes, then throws what stood in the way', async () => {
  let now = 0;
  const { result } = await follow([{ throws: away() }, { throws: away() }], () => {
    now += 200_000;
    return now;
  });
  expect(result).toMatchObject({ code: 'HubUnreachable' });
});

it('waits for room as long as the hub says, for an hour, says why, and goes on', async () => {
  let now = 0;
  const waits = new CallableError('UploadWaits', 'Older uploads are first.', { details: { retryAfterSeconds: 0.01 } });
  const { events, result } = await follow([{ throws: waits }, { throws: waits }, { tells: [bytes(9)] }], () => {
    now += 1_000_000;
    return now;
  });
  expect(result).toBe('done');
  expect(events).toEqual([
    { kind: 'outage', message: 'Older uploads are first.', patienceMs: 3600_000 },
    expect.objectContaining({ kind: 'upload', done: 9 }),
  ]);
});

it('an upload that was dropped meanwhile is begun anew', async () => {
  const { result } = await follow([{ throws: new CallableError('UploadNotFound') }, {}]);
  expect(result).toBe('done');
});

it('a refusal is thrown at once, and nobody is asked again', async () => {
  const { events, asked, result } = await follow([{ throws: new CallableError('DiskFull') }]);
  expect(result).toMatchObject({ code: 'DiskFull' });
  expect([events, asked]).toEqual([[], []]);
});

it('Ctrl-C ends the wait', async () => {
  const stopping = new AbortController();
  const clock = () => {
    queueMicrotask(() => stopping.abort());
    return 0;
  };
  const { asked, result } = await follow([{ throws: away() }], clock, stopping.signal);
  expect(result).toMatchObject({ name: 'AbortError' });
  expect(asked).toEqual([]);
});

it('a chunk on a line that is known may take eight times as long as the last; a lost one doubles that', async () => {
  let now = 0;
  const { signal } = new AbortController();
  const patience = createChunkPatience(() => now);
  const limits: number[] = [];
  const real = AbortSignal.timeout;
  AbortSignal.timeout = (ms) => {
    limits.push(ms);
    return real.call(AbortSignal, 1_000_000);
  };
  try {
    for (const took of [10_000, 10, 10]) {
      await patience.wait(signal, async () => {
        now += took;
      });
    }
    const lost = () =>
      patience.wait(signal, () => {
        now += 15_000;
        return Promise.reject(away());
      });
    await Promise.all([lost(), lost()].map((one) => one.catch(() => null)));
    await patience.wait(signal, () => Promise.resolve());
  } finally {
    AbortSignal.timeout = real;
  }
  expect(limits).toEqual([300_000, 80_000, 15_000, 15_000, 15_000, 30_000]);
});
