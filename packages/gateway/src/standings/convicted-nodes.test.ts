import type { Address } from '@callable/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createConvictedNodes } from './convicted-nodes.ts';

const liar = `0x${'1'.repeat(40)}` as Address;
const log = pino({ level: 'silent' });

test('a conviction is known a few seconds later, and holds while the hub is down', async () => {
  let now = 0;
  let answer: () => Promise<Address[]> = async () => [];
  let asked = 0;
  const list = () => {
    asked++;
    return answer();
  };
  const convicted = createConvictedNodes({ list, clock: () => now, log });
  expect(convicted.has(liar)).toBe(false);
  answer = async () => [liar];
  expect(convicted.has(liar)).toBe(false);
  expect(asked).toBe(1);
  now = 5000;
  convicted.has(liar);
  await new Promise(setImmediate);
  expect(convicted.has(liar)).toBe(true);
  answer = () => Promise.reject(new Error('down'));
  now = 20_000;
  convicted.has(liar);
  await new Promise(setImmediate);
  expect(convicted.has(liar)).toBe(true);
  expect(asked).toBe(3);
});
