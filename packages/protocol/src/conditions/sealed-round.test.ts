import { expect, test } from 'vitest';
import * as story from '../../test/release-story.ts';
import type { Address } from '../identity/address.ts';
import { deriveConditions } from '../network/derive-conditions.ts';
import { emptyNodeState } from '../nodes/node-state.ts';
import { commitmentOf } from '../statements/commitment.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import type { Rules } from '../statements/rules.ts';

const [n1, n2, n3] = story.nodes as [Address, Address, Address];
const t0 = 1_790_000_000_000;
const rules: Rules = {
  ...story.rules,
  policy: { ...story.policy, validators: { draw: 3, quorum: 2, revealSeconds: 10 } },
};

const drawn = (at: number, validators: readonly Address[]) =>
  story.logged('release.drawn', { validators, quorum: 2, epoch: 1, sealed: true }, story.hub, at);
const commitTo = (report: LoggedStatement, at: number, signer: Address) =>
  story.logged(
    'release.committed',
    { epoch: 1, commitment: commitmentOf(report.statement.subject, report.statement.signer, report.statement.body) },
    signer,
    at,
  );
const verified = (...statements: LoggedStatement[]) =>
  deriveConditions([story.published(t0), ...statements], t0 + 10, rules)[2]?.status;

test('a sealed round: commitments first, then reports, and a quorum of them verifies', () => {
  const [one, two] = [story.reported(t0 + 3, n1), story.reported(t0 + 4, n2)];
  const sealed = [drawn(t0, [n1, n2, n3]), commitTo(one, t0 + 1, n1), commitTo(two, t0 + 2, n2)];
  expect(verified(...sealed, one)).toBe('Unknown');
  expect(verified(...sealed, one, two)).toBe('True');
});

test('attack: a node that never committed copies a report it saw', () => {
  const [one, two] = [story.reported(t0 + 3, n1), story.reported(t0 + 4, n2)];
  const sealed = [drawn(t0, [n1, n2, n3]), commitTo(one, t0 + 1, n1)];
  expect(verified(...sealed, one, two)).toBe('Unknown');
});

test('attack: a node commits only after it saw a report', () => {
  const [one, two] = [story.reported(t0 + 3, n1), story.reported(t0 + 5, n2)];
  const sealed = [drawn(t0, [n1, n2, n3]), commitTo(one, t0 + 1, n1), one, commitTo(two, t0 + 4, n2)];
  expect(verified(...sealed, two)).toBe('Unknown');
  // The next draw begins a new round, in which it may commit as everybody.
  const again = story.reported(t0 + 8, n2);
  expect(verified(...sealed, drawn(t0 + 6, [n1, n2, n3]), commitTo(again, t0 + 7, n2), again)).toBe('True');
});

test('attack: a node repeats the commitment of another, or opens it with something else', () => {
  const [one, two] = [story.reported(t0 + 3, n1), story.reported(t0 + 4, n2)];
  const copied = commitTo(one, t0 + 2, n2);
  expect(verified(drawn(t0, [n1, n2, n3]), commitTo(one, t0 + 1, n1), copied, one, two)).toBe('Unknown');
  const failing = story.reported(t0 + 4, n2, false);
  const sealed = [drawn(t0, [n1, n2, n3]), commitTo(one, t0 + 1, n1), commitTo(failing, t0 + 2, n2)];
  expect(verified(...sealed, one, two)).toBe('Unknown');
});

test('attack: a publisher verifies itself through a second key, an operator votes through two nodes', () => {
  const operated = (node: Address, operator: Address) => [node, { ...emptyNodeState(node), operator }] as const;
  const nodes = new Map([operated(n1, story.publisher), operated(n2, story.stranger), operated(n3, story.stranger)]);
  const statements = [
    story.published(t0),
    story.drawn(t0, [n1, n2, n3], 1),
    ...[n1, n2, n3].map((node) => story.reported(t0 + 1, node)),
  ];
  const condition = deriveConditions(statements, t0 + 2, { ...story.rules, nodes })[2];
  expect(condition).toMatchObject({ status: 'True', message: expect.stringContaining('1 of 1 nodes') });
  expect(condition?.evidence).toHaveLength(1);
  expect(deriveConditions(statements.slice(0, 3), t0 + 2, { ...story.rules, nodes })[2]?.status).toBe('Unknown');
});

test('a small network is honest about itself: the only validator belongs to the operator of the hub', () => {
  const nodes = new Map([[n1, { ...emptyNodeState(n1), operator: story.hub }]]);
  const statements = [story.published(t0), story.drawn(t0, [n1], 1), story.reported(t0, n1)];
  expect(deriveConditions(statements, t0, { ...story.rules, nodes })[2]?.message).toContain(
    '1 of 1 nodes (1 needed), run by the operator of this hub.',
  );
});
