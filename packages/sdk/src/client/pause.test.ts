import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { pause } from './pause.ts';

test('a pause ends by its time, by its signal, or at once, and leaves no listener', async () => {
  const stop = new AbortController();
  await pause(1, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  const long = pause(1e8, stop.signal);
  stop.abort();
  await long;
  await pause(1e8, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});
