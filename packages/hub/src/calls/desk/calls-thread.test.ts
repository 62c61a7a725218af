import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { CallsThread } from './calls-thread.ts';
import { CallsThreads } from './calls-threads.ts';

it('attack: of a view in a large buffer its own bytes go to the thread, and the view stays whole here', async () => {
  await using thread = new CallsThread();
  const large = new Uint8Array(1024 * 1024).fill(7);
  const view = large.subarray(10, 20);
  const hash = createHash('sha256').update(view).digest('hex');
  expect(await thread.ask('hash', view)).toBe(hash);
  expect(view).toEqual(new Uint8Array(10).fill(7));
});

it('attack: strangers who ask for receipts without end are refused, and the hub itself is not', async () => {
  await using threads = new CallsThreads();
  const nowhere = { path: '/nowhere', offset: 0, length: 1 };
  const asked = Array.from({ length: 32 }, () =>
    threads.questions().ask('find', nowhere as never, { node: '', session: '', number: 0 }),
  );
  expect(() => threads.questions()).toThrow('Too many receipts are asked for at once.');
  expect(await threads.reading.ask('hash', new Uint8Array())).toHaveLength(64);
  await Promise.allSettled(asked);
  expect(threads.questions().load).toBe(0);
});
