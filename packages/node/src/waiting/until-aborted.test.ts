import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { untilAborted } from './until-aborted.ts';

test('the outcome of the work, or the reason of the signal, whichever comes first', async () => {
  const gone = new AbortController();
  expect(await untilAborted(Promise.resolve(1), gone.signal)).toBe(1);
  const waiting = untilAborted(new Promise(() => {}), gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
});

test('Ctrl-C while a task is dropped: work that fails after its last waiter came too late does not end the process', async () => {
  const module = JSON.stringify(new URL('../../dist/waiting/until-aborted.js', import.meta.url).href);
  const worker = new Worker(
    `import(${module}).then(async ({ untilAborted }) => {
      let fail;
      const work = new Promise((_, reject) => { fail = reject; });
      await untilAborted(work, AbortSignal.abort()).catch(() => {});
      fail(new Error('The node that was answering has gone.'));
    });`,
    { eval: true },
  );
  let failure: unknown = null;
  worker.once('error', (error) => {
    failure = error;
  });
  await once(worker, 'exit');
  expect(failure).toBeNull();
});
