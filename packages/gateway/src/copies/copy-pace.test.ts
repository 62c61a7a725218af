import type { Address, Digest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { createCopyPace } from './copy-pace.ts';

const release = 'sha256:1' as Digest;
const start = () => {
  let now = 0;
  const pace = createCopyPace(() => now);
  return { pace, pass: (ms: number) => (now += ms) };
};

test('a release is looked at five times a second, however often it is called', () => {
  const { pace, pass } = start();
  let looked = 0;
  for (let call = 0; call < 1_000; call++) {
    if (pace.isDue(release)) looked++;
    pass(1);
  }
  expect(looked).toBe(5);
});

test('newcomers get a twentieth of all calls', () => {
  const { pace, pass } = start();
  let copies = 0;
  for (let call = 0; call < 1_000; call++) {
    pace.isDue(release);
    if (pace.takeNewcomer([`network ${call}`])) copies++;
    pass(1_000);
  }
  expect(copies).toBe(5 + 50);
});

test('attack by many networks: each has its turn, and the one that has waited longest is next', () => {
  const { pace, pass } = start();
  const networks = Array.from({ length: 50 }, (_, n) => `evil ${n}`);
  const served: (string | null)[] = [];
  for (let call = 0; call < 20 * 51; call++) {
    pace.isDue(release);
    const network = pace.takeNewcomer([...networks, 'honest']);
    if (network !== null) served.push(network);
    pass(500);
  }
  expect(served.length).toBeGreaterThanOrEqual(51);
  expect(served.slice(0, 51).filter((network) => network === 'honest')).toEqual(['honest']);
});

test('attack by one network: it gets one copy in ten seconds', () => {
  const { pace, pass } = start();
  let copies = 0;
  for (let call = 0; call < 3_000; call++) {
    pace.isDue(release);
    if (pace.takeNewcomer(['evil'])) copies++;
    pass(10);
  }
  expect(copies).toBe(3);
});

test('a node of standing that gives nothing to compare is tried ever more seldom, until a comparison comes about', () => {
  const { pace, pass } = start();
  const node = '0xaa' as Address;
  let tries = 0;
  for (let second = 0; second < 300; second++) {
    if (pace.mayProve(node, release)) tries++;
    pass(1_000);
  }
  expect(tries).toBe(10);
  pace.settled(node, release);
  expect(pace.mayProve(node, release)).toBe(true);
});

test('copies hold 32 MiB in all, and a larger one is held alone', () => {
  const { pace } = start();
  const letGo = pace.hold(40 * 2 ** 20);
  expect(letGo).not.toBeNull();
  expect(pace.hold(1)).toBeNull();
  letGo?.();
  expect(pace.hold(1)).not.toBeNull();
  expect(pace.hold(32 * 2 ** 20)).toBeNull();
});
