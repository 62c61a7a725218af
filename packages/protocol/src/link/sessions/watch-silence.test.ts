import { expect, test } from 'vitest';
import { watchSilence } from './watch-silence.ts';

function start() {
  let knocks = 0;
  const said: boolean[] = [];
  const silence = watchSilence(() => void knocks++);
  silence.listen((isSilent) => said.push(isSilent));
  return {
    silence,
    said,
    knocks: () => knocks,
    tick: (n: number) => Array.from({ length: n }, () => silence.tick(true)),
  };
}

test('an end that answers knocks and then nothing falls silent at the sixth tick, once, and is heard again', () => {
  const { silence, said, knocks, tick } = start();
  silence.knockAnswered();
  tick(1);
  expect(knocks()).toBe(1);
  tick(4);
  expect([knocks(), said]).toEqual([2, []]);
  tick(10);
  expect(said).toEqual([true]);
  silence.heard();
  expect(said).toEqual([true, false]);
});

test('an end that works for a minute and answers knocks is never silent', () => {
  const { silence, said, tick } = start();
  for (let n = 0; n < 60; n++) {
    tick(5);
    silence.knockAnswered();
  }
  expect(said).toEqual([]);
});

test('an end nobody waits for is not knocked at, and one that never answered a knock is never silent', () => {
  const { silence, said, knocks, tick } = start();
  tick(100);
  expect(said).toEqual([]);
  silence.knockAnswered();
  const before = knocks();
  for (let n = 0; n < 100; n++) silence.tick(false);
  expect([said, knocks()]).toEqual([[], before]);
});

test('who comes to listen while it is silent hears so', () => {
  const { silence, tick } = start();
  silence.knockAnswered();
  tick(6);
  const late: boolean[] = [];
  const forget = silence.listen((isSilent) => late.push(isSilent));
  forget();
  silence.heard();
  expect(late).toEqual([true]);
});
