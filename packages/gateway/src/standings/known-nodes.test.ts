import type { Address, NodeStandingView } from '@callable/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createKnownNodes, type SaidOfNodes } from './known-nodes.ts';

const node = `0x${'1'.repeat(40)}` as Address;
const liar = `0x${'2'.repeat(40)}` as Address;
const seed: NodeStandingView = { node, class: 'seed', operator: node, network: 'n' };
const nothing: SaidOfNodes = { open: false, nodes: [], convicted: [] };

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function start(answer: () => Promise<SaidOfNodes>) {
  const hub = { answer, asked: 0, warnings: 0 };
  const list = () => {
    hub.asked++;
    return hub.answer();
  };
  const known = createKnownNodes({ list, clock: Date.now, log: { warn: () => void hub.warnings++ } });
  return { hub, known, settle: () => vi.advanceTimersByTimeAsync(0) };
}

test('what the hub says is known at the next call but one, asked for at most every two seconds, and never waited for', async () => {
  const { hub, known, settle } = start(async () => ({ open: true, nodes: [seed], convicted: [liar] }));
  expect(known.find(node).class).toBe('unknown');
  await settle();
  expect([known.find(node), known.isConvicted(liar), known.isOpen]).toEqual([
    expect.objectContaining({ class: 'seed', network: 'n' }),
    true,
    true,
  ]);
  for (let n = 0; n < 100; n++) known.find(node);
  expect(hub.asked).toBe(1);
  vi.setSystemTime(2_000);
  known.find(node);
  expect(hub.asked).toBe(2);
});

test('while the hub is down what it said last holds, one that starts again forgets nobody, and a lifted conviction is gone', async () => {
  const { hub, known, settle } = start(async () => ({ ...nothing, nodes: [seed], convicted: [liar] }));
  known.find(node);
  await settle();
  hub.answer = () => Promise.reject(new Error('down'));
  for (let n = 1; n <= 10; n++) {
    vi.setSystemTime(n * 30_000);
    known.find(node);
    await settle();
  }
  expect([known.find(node).class, known.isConvicted(liar), hub.warnings]).toEqual(['seed', true, 1]);
  hub.answer = async () => nothing;
  vi.setSystemTime(310_000);
  known.find(node);
  await settle();
  expect([known.find(node).class, known.isConvicted(liar)]).toEqual(['seed', false]);
  vi.setSystemTime(700_000);
  known.find(node);
  await settle();
  expect(known.find(node).class).toBe('unknown');
});

test('who dials in is asked about at once, and once more when it has had time to join; its network is that of its link', async () => {
  const { hub, known } = start(async () => nothing);
  known.arrived(node, '203.0.114.7');
  known.arrived(liar, '203.0.114.7');
  expect(hub.asked).toBe(1);
  hub.answer = async () => ({ ...nothing, nodes: [seed] });
  expect(known.find(liar).network).toBe(known.find(node).network);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(hub.asked).toBe(2);
  expect(known.find(node).class).toBe('seed');
});
