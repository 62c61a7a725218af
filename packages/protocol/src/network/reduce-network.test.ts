import { expect, test } from 'vitest';
import { createReceipt } from '../../test/create-receipt.ts';
import * as story from '../../test/release-story.ts';
import { conditionsAt } from '../conditions/conditions-at.ts';
import type { Address } from '../identity/address.ts';
import { addressOf, parsePrivateKey } from '../keys/private-key.ts';
import { reliabilityAt } from '../nodes/reliability.ts';
import { signReceipt } from '../receipts/sign-receipt.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import { emptyNetworkState } from './network-state.ts';
import { reduceNetwork } from './reduce-network.ts';

const [n1, n2, n3, n4] = story.nodes as [Address, Address, Address, Address];
const t0 = 1_790_000_000_000;
const h = '5a'.repeat(32);
const release = story.published(t0).statement.subject;

const about = (subject: string, kind: string, body: object, signer: Address, at: number): LoggedStatement => {
  const logged = story.logged(kind, body, signer, at);
  return { ...logged, statement: { ...logged.statement, subject } };
};
const fold = (...statements: LoggedStatement[]) => {
  const state = emptyNetworkState(story.hub);
  state.policy = story.policy;
  return statements.reduce(reduceNetwork, state);
};
const drawnAudit = (at: number, auditors: readonly Address[], exact: boolean, receipt = h) =>
  about(n1, 'audit.drawn', { receipt, release, auditors, exact }, story.hub, at);
const audited = (at: number, auditor: Address, exact: boolean, reason = 'AnswerConfirmed', receipt = h) => {
  const ok = reason === 'AnswerConfirmed';
  const body = { receipt, release, exact, ok, reason, message: '', runtime: 'wasm', difference: null, tolerance: 0 };
  return about(n1, 'audit.finished', body, auditor, at);
};
const verified = [
  story.published(t0),
  story.stored(t0),
  story.drawn(t0, [n1, n2], 1),
  story.reported(t0, n1),
  story.probed(t0),
  story.called(t0, { signed: 2, callers: 1, lastGoodAt: t0, byNode: [{ node: n1, signed: 2, keyless: 0 }] as never }),
];
const statuses = (state: ReturnType<typeof fold>, now: number) => {
  const found = state.releases.get(release);
  return found ? conditionsAt(found, now, state).map(({ status }) => status) : null;
};

test('what a new epoch takes back is not known since the epoch came, also after the next draw, until it is known again', () => {
  const adopted = about(story.hub, 'policy.adopted', { policy: { ...story.policy, epoch: 2 } }, story.hub, t0 + 5);
  const verifiedAt = (now: number, ...more: LoggedStatement[]) => {
    const state = fold(...verified, story.reported(t0 + 1, n2), adopted, ...more);
    return conditionsAt(state.releases.get(release)!, now, state)[2];
  };
  const since = (ms: number) => ({ lastTransitionTime: new Date(ms).toISOString() });
  const unknown = { status: 'Unknown', ...since(t0 + 5) };
  const drawn = story.drawn(t0 + 8, [n1], 1, 2);
  expect(verifiedAt(t0 + 7)).toMatchObject({ ...unknown, reason: 'PolicyChanged' });
  expect(verifiedAt(t0 + 8, drawn)).toMatchObject({ ...unknown, reason: 'AwaitingValidators' });
  expect(verifiedAt(t0 + 9, drawn, story.reported(t0 + 9, n1, true, { epoch: 2 }))).toMatchObject({
    status: 'True',
    ...since(t0 + 9),
  });
  // That no node is there for a check under the new epoch is said, though what an older one found is True no more.
  expect(verifiedAt(t0 + 8, story.blocked(t0 + 8))).toMatchObject({
    status: 'False',
    reason: 'NoNodeFits',
    ...since(t0 + 8),
  });
});

test('a node caught lying by two of three judges loses its standing, and all it said before counts no more', () => {
  const judges = [n2, n3, n4];
  const before = fold(...verified, drawnAudit(t0 + 1, judges, true), audited(t0 + 2, n2, true, 'AnswerWrong'));
  expect(before.nodes.get(n1)?.convicted).toBeNull();
  expect(statuses(before, t0 + 5)).toEqual(['True', 'True', 'True', 'True', 'True']);

  const after = fold(
    ...verified,
    drawnAudit(t0 + 1, judges, true),
    audited(t0 + 2, n2, true, 'AnswerWrong'),
    audited(t0 + 3, n3, true, 'AnswerWrong'),
  );
  expect(after.nodes.get(n1)?.convicted).toMatchObject({ reason: 'AnswerWrong', at: t0 + 3 });
  expect(statuses(after, t0 + 5)).toEqual(['True', 'True', 'Unknown', 'Unknown', 'Unknown']);
  expect(reliabilityAt(after.nodes.get(n1) as never, t0 + 5, story.policy).atLeast).toBe(0);
  // Nor does what it says from now on.
  const later = [story.drawn(t0 + 4, [n1], 1), story.reported(t0 + 4, n1)];
  expect(statuses(later.reduce(reduceNetwork, after), t0 + 5)?.[2]).toBe('Unknown');
});

test('attack: nodes that were not drawn, or one judge twice, accuse an honest node', () => {
  const state = fold(
    ...verified,
    drawnAudit(t0 + 1, [n2, n3, n4], true),
    audited(t0 + 2, n2, true, 'AnswerWrong'),
    audited(t0 + 2, n2, true, 'AnswerWrong'),
    audited(t0 + 2, story.stranger, true, 'AnswerWrong'),
    audited(t0 + 2, n3, true),
    audited(t0 + 2, n4, true),
  );
  expect(state.nodes.get(n1)).toMatchObject({ convicted: null, audits: { count: 1, passed: 1, failed: 0 } });
});

test('one native answer that differs decides nothing: machines differ, so judges are drawn', () => {
  const doubted = fold(drawnAudit(t0, [n2], false), audited(t0 + 1, n2, false, 'AnswerWrong'));
  expect(doubted.nodes.get(n1)).toMatchObject({ convicted: null, audits: { count: 0 } });
  const cleared = [drawnAudit(t0 + 2, [n3], true), audited(t0 + 3, n3, true)].reduce(reduceNetwork, doubted);
  expect(cleared.nodes.get(n1)).toMatchObject({ convicted: null, audits: { count: 1, passed: 1 } });
});

test('attack: a node signs one sequence number twice, and two receipts convict it without anybody’s word', () => {
  const key = parsePrivateKey(`0x${'33'.repeat(32)}`) as never;
  const liar = addressOf(key);
  const receipt = (inputs: string, seq = 7) => createReceipt({ inputs, node: liar, seq });
  const first = signReceipt(receipt('11'.repeat(32)), key);
  const second = signReceipt(receipt('22'.repeat(32)), key);
  const forked = (a: object, b: object) =>
    fold(about(liar, 'receipt.forked', { first: a, second: b }, story.stranger, t0));
  expect(forked(first, second).nodes.get(liar)?.convicted?.reason).toBe('ReceiptForked');
  expect(forked(first, first).nodes.get(liar)?.convicted ?? null).toBeNull();
  expect(forked(first, { ...first, inputs: second.inputs }).nodes.get(liar)?.convicted ?? null).toBeNull();
  const next = signReceipt(receipt('22'.repeat(32), 8), key);
  expect(forked(first, next).nodes.get(liar)?.convicted ?? null).toBeNull();
});

test('a delegate publishes for its principal while the delegation stands; attack: after its revocation it does not', () => {
  const delegate = story.stranger;
  const named = about(
    story.publisher,
    'key.delegated',
    { key: delegate, scopes: ['publish'], notBefore: 0, notAfter: t0 + 1000 },
    story.publisher,
    t0,
  );
  const revoked = about(story.publisher, 'key.revoked', { key: delegate }, story.publisher, t0 + 5);
  const publisherOf = (...statements: LoggedStatement[]) =>
    fold(...statements).releases.get(release)?.publisher ?? null;
  expect(publisherOf(named, story.published(t0 + 1, delegate))).toBe(story.publisher);
  expect(publisherOf(named, story.published(t0 + 1, delegate), revoked)).toBe(story.publisher);
  expect(publisherOf(story.published(t0 + 1, delegate))).toBeNull();
  expect(publisherOf(named, revoked, story.published(t0 + 6, delegate))).toBeNull();
  expect(publisherOf(named, story.published(t0 + 1000, delegate))).toBeNull();
  // Named by somebody else than the principal.
  const forged = { ...named, statement: { ...named.statement, signer: delegate } };
  expect(publisherOf(forged, story.published(t0 + 1, delegate))).toBeNull();
});

test('a node belongs to an operator when both say so', () => {
  const joined = (at: number) =>
    about(n1, 'node.joined', { software: 'x/1', memoryBytes: 1, slots: 1, operator: story.stranger }, n1, at);
  const scopes = ['operate'];
  const named = about(
    story.stranger,
    'key.delegated',
    { key: n1, scopes, notBefore: 0, notAfter: t0 + 1e6 },
    story.stranger,
    t0,
  );
  expect(fold(joined(t0)).nodes.get(n1)?.operator).toBe(n1);
  expect(fold(named, joined(t0 + 1)).nodes.get(n1)?.operator).toBe(story.stranger);
});

test('yanks and deprecations are the publisher’s word, tombstones the hub’s', () => {
  const yank = (signer: Address, yanked = true) =>
    story.logged('release.yanked', { yanked, note: 'wrong' }, signer, t0);
  const refuse = (signer: Address) => story.logged('release.refused', { refused: ['calls'], note: 'law' }, signer, t0);
  const notices = (...more: LoggedStatement[]) => fold(story.published(t0), ...more).releases.get(release)?.notices;
  expect(notices(yank(story.publisher))?.yanked?.note).toBe('wrong');
  expect(notices(yank(story.publisher), yank(story.publisher, false))?.yanked).toBeNull();
  expect(notices(yank(story.stranger))?.yanked).toBeNull();
  expect(notices(refuse(story.hub))?.refused?.scopes).toEqual(['calls']);
  expect(notices(refuse(story.publisher))?.refused).toBeNull();
});

test('the log names its policy, and only the hub can', () => {
  const policy = { ...story.policy, epoch: 9 };
  expect(fold(about(story.hub, 'policy.adopted', { policy }, story.hub, t0)).policy.epoch).toBe(9);
  expect(fold(about(story.hub, 'policy.adopted', { policy }, story.stranger, t0)).policy.epoch).toBe(1);
});
