import { type Address, type NodeView, parseAddress } from '@callable/protocol';
import { expect, it } from 'vitest';
import { sampleRanking } from '../../test/sample-usage.ts';
import { testContext } from '../../test/test-context.ts';
import { formatNodes } from './format-nodes.ts';

const node = parseAddress(`0x${'ab'.repeat(20)}`) as Address;
const view: NodeView = {
  ...{ node, operator: node, software: 'callable-node/1', memoryBytes: 1e9, slots: 4, holdings: 12 },
  ...{ joinedAt: '2026-01-01T00:00:00.000Z', lastSeenAt: '2026-01-02T00:00:00.000Z', connected: true },
  announcement: { slots: { used: 1, limit: 4 }, draining: false },
  reliability: { atLeast: 0.05, audits: 0 },
  convicted: null,
};
const text = (nodes: NodeView[], more: Parameters<typeof formatNodes>[2] = { away: 0, isCut: false }) =>
  formatNodes(testContext().out, nodes, more).join('\n');

it('says what a node holds and does, and nothing bad of one that nobody has audited', () => {
  expect(text([view])).toContain('holds 12 releases · 1 of 4 slots used · not audited yet');
  expect(text([{ ...view, reliability: { atLeast: 0.81, audits: 12 } }])).toContain(
    'right in 81 % at least, by 12 audits',
  );
});

it('says how often receipts are missing, and where they are named', () => {
  expect(text([{ ...view, gaps: 2 }])).toContain(
    `2 places where its receipts are missing or no chain (callable nodes --gaps ${node})`,
  );
  expect(text([{ ...view, gaps: 0 }])).not.toContain('missing');
});

it('shows what a node runs into, who was caught lying, and how much is not shown', () => {
  const troubles = [{ code: 'HoldingsTooMany', message: 'The hub left out 3 releases.\u001b[2J' }];
  const full = { ...view, announcement: { slots: { used: 0, limit: 4 }, draining: true, troubles } };
  expect(text([full])).toMatch(/leaving\n.*HoldingsTooMany: The hub left out 3 releases\./);
  expect(text([full])).not.toContain('\u001b');
  const convicted = { at: view.joinedAt, reason: 'AnswerWrong', message: 'It signed a lie.', evidence: [] };
  expect(text([{ ...view, convicted }])).toContain('caught lying: It signed a lie.');
  expect(text([], { away: 2, isCut: true })).toMatch(/none is connected.*2 more are not connected.*next page/s);
});

it('shows beside what a node holds how much of it is used, and nothing where the hub does not say', () => {
  const figures = { weight: 3_210, before: 0, claimed: 9, evidenced: 7, relied: 1, success: 998 };
  const use = sampleRanking('node', [{ place: 1, id: node, name: null, ...figures }], { all: 2, used: 1 });
  const shown = text([{ ...view, holdings: 1 }], { away: 0, isCut: false, use });
  expect(shown).toMatch(
    /holds 1 release ·.*\n +▕█{20}▏\n +trusted 3\.210 · relied on 1 time · 99\.8 % answered · 7 evidenced/,
  );
  expect(shown).toContain('1 of 2 nodes by somebody independent');
  expect(text([view], { away: 0, isCut: false, use: null })).not.toContain('trusted');
});
