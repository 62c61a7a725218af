import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { endWithin } from './end-within.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const stop = new AbortController();

/** Made and listened to in a call that is over when garbage is collected. */
function listen(heard: unknown[]): void {
  const signal = endWithin(200, stop.signal);
  signal.addEventListener('abort', () => heard.push((signal.reason as Error).name), { once: true });
}

test('a deadline comes though garbage was collected before it', async () => {
  const heard: unknown[] = [];
  listen(heard);
  for (let times = 0; times < 3; times++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  await expect.poll(() => heard, { timeout: 5_000 }).toEqual(['TimeoutError']);
});

test('it ends with the first of its signals, and has ended where one had', () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const signal = endWithin(60_000, first.signal, second.signal);
  second.abort('second');
  first.abort('first');
  expect(signal.reason).toBe('second');
  expect(endWithin(60_000, first.signal).reason).toBe('first');
});
