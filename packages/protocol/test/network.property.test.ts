import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conditionsAt } from '../src/conditions/conditions-at.ts';
import type { ReleaseState } from '../src/conditions/release-state.ts';
import type { Address } from '../src/identity/address.ts';
import { emptyNetworkState, type NetworkState } from '../src/network/network-state.ts';
import { reduceNetwork } from '../src/network/reduce-network.ts';
import { emptyNodeState, type NodeState } from '../src/nodes/node-state.ts';
import { reliabilityAt } from '../src/nodes/reliability.ts';
import { commitmentOf } from '../src/statements/commitment.ts';
import type { LoggedStatement } from '../src/statements/logged-statement.ts';
import { anyEvent, type Event, liar, log, logAt, one, releases, report, signed, start } from './random-history.ts';
import { hub, policy, publisher, stranger } from './release-story.ts';

/** What a database keeps of a state, and what a reader makes of that text again. */
function keep(state: NetworkState): string {
  return JSON.stringify(state, (_, value: unknown) => (value instanceof Map ? { map: [...value] } : value));
}
const revive = (text: string): NetworkState =>
  JSON.parse(text, (_, value: { map?: [string, unknown][] } | null) =>
    value !== null && typeof value === 'object' && Array.isArray(value.map) ? new Map(value.map) : value,
  ) as NetworkState;
/** All but that one more was logged. */
const essence = (state: NetworkState) => keep({ ...state, at: 0, size: 0 });
const convictedIn = ({ nodes: of }: NetworkState) =>
  [...of].filter(([, state]) => state.convicted).map(([address]) => address as Address);

test('folding any log never throws, and folding through kept text is folding at once', () => {
  fc.assert(
    fc.property(log, fc.nat(10_000), (statements, later) => {
      let kept = keep(emptyNetworkState());
      for (const logged of statements) kept = keep(reduceNetwork(revive(kept), logged));
      const atOnce = statements.reduce(reduceNetwork, emptyNetworkState());
      expect(kept).toBe(keep(atOnce));
      const now = atOnce.at + later;
      for (const state of atOnce.releases.values())
        expect(conditionsAt(state, now, atOnce)).toEqual(
          conditionsAt(JSON.parse(JSON.stringify(state)) as ReleaseState, now, atOnce),
        );
      for (const state of atOnce.nodes.values()) {
        const { atLeast } = reliabilityAt(state, now, atOnce.policy);
        expect(atLeast).toBeGreaterThanOrEqual(0);
        expect(atLeast).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 150 },
  );
});

test('attack: whoever has no say changes nothing, whatever they sign about whomever', () => {
  // Never drawn, never named by anybody: of themselves they may speak, and of others only by labels and proofs.
  const outsider = `0x${'e'.repeat(40)}` as Address;
  const own = new Set(['label.attached', 'receipt.forked']);
  const word = anyEvent.filter(({ kind, subject }) => !own.has(kind) && (subject as string) !== outsider);
  fc.assert(
    fc.property(log, word, (statements, event) => {
      const state = statements.reduce(reduceNetwork, emptyNetworkState());
      const before = essence(state);
      reduceNetwork(state, logAt({ ...event, signer: outsider }, state.at));
      expect(essence(state)).toBe(before);
    }),
    { numRuns: 300 },
  );
});

test('a conviction is for good, and nothing a convicted node says or answers counts afterwards', () => {
  let convictions = 0;
  fc.assert(
    fc.property(log, (statements) => {
      const state = emptyNetworkState();
      const known = new Map<Address, NodeState['convicted']>();
      for (const logged of statements) {
        reduceNetwork(state, logged);
        for (const [address, conviction] of known) expect(state.nodes.get(address)?.convicted).toEqual(conviction);
        for (const address of convictedIn(state)) known.set(address, state.nodes.get(address)?.convicted ?? null);
        for (const found of state.releases.values())
          for (const address of known.keys()) {
            expect(found.panel?.validators ?? []).not.toContain(address);
            expect(found.reports).not.toHaveProperty(address);
            expect(found.commitments).not.toHaveProperty(address);
            expect(found.reachedBy).not.toBe(address);
            expect(found.calls.byNode).not.toHaveProperty(address);
          }
      }
      convictions += known.size;
    }),
    { numRuns: 300 },
  );
  expect(convictions).toBeGreaterThan(20);
});

/** The design in words, written a second time: who passed a release by the end of a log, and by whom each is run. */
function passedBy(statements: readonly LoggedStatement[], subject: string) {
  const state = emptyNetworkState();
  let members: Address[] = [];
  let round = { sealed: false, isShown: false, of: 0 };
  let committed = new Map<Address, string>();
  let passes = new Map<Address, { ok: boolean; at: number }>();
  let operators = new Map<Address, Address>();
  const convicted = (address: Address) => state.nodes.get(address)?.convicted != null;
  const runBy = (address: Address) => (state.nodes.get(address) ?? emptyNodeState(address)).operator;
  for (const logged of statements) {
    const { statement, loggedAt } = logged;
    const { signer, kind } = statement;
    const body = statement.body as { validators: Address[]; epoch: number; sealed?: boolean; quorum: number };
    const before = state.releases.get(subject)?.panel;
    if (statement.subject === subject && kind === 'release.validated' && members.includes(signer) && before) {
      const opened = committed.get(signer) === commitmentOf(subject, signer, statement.body);
      const isReport = Object.hasOwn(statement.body, 'deterministic') && body.epoch === round.of;
      if (isReport && !convicted(signer) && (!round.sealed || opened)) {
        passes.set(signer, { ok: statement.body['ok'] === true, at: loggedAt });
        round.isShown = true;
        committed.delete(signer);
      }
    }
    if (statement.subject === subject && kind === 'release.committed' && members.includes(signer))
      if (round.sealed && !round.isShown && body.epoch === round.of)
        if (typeof statement.body['commitment'] === 'string') committed.set(signer, statement.body['commitment']);
    reduceNetwork(state, logged);
    const after = state.releases.get(subject)?.panel ?? null;
    // What was drawn is the hub's word; whom the fold lets in of those is checked below.
    if (statement.subject === subject && kind === 'release.drawn' && after !== before && after) {
      if (after.epoch !== round.of) [committed, passes] = [new Map(), new Map()];
      members = [...new Set(body.validators)].filter((validator) => after.validators.includes(validator));
      round = { sealed: body.sealed === true, isShown: false, of: body.epoch };
      operators = new Map(members.map((member) => [member, runBy(member)]));
      committed = new Map([...committed].filter(([member]) => members.includes(member)));
    }
  }
  const counted = members.filter((member) => passes.get(member)?.ok && !convicted(member));
  return { state, counted, operators, passes };
}

test('Verified is True only by a quorum of different operators who opened what they had committed to', () => {
  let verified = 0;
  fc.assert(
    fc.property(log, one(...releases), (statements, subject) => {
      const { state, counted, operators, passes } = passedBy(statements, subject);
      const found = state.releases.get(subject);
      const track = found?.tracks.Verified;
      if (!found?.panel || track?.status !== 'True') return;
      verified++;
      const young = counted.filter(
        (member) => (track.expiresAt ?? 0) <= (passes.get(member)?.at ?? 0) + policy.freshness.verifiedSeconds * 1000,
      );
      expect(young.length).toBeGreaterThanOrEqual(Math.max(1, found.panel.quorum));
      const runners = young.map((member) => operators.get(member));
      expect(new Set(runners).size).toBe(runners.length);
      expect(runners).not.toContain(publisher);
      expect(young).not.toContain(publisher);
    }),
    { numRuns: 400 },
  );
  expect(verified).toBeGreaterThan(20);
});

const addresses = (count: number) =>
  Array.from({ length: count }, (_, i) => `0x${(i + 1).toString(16).padStart(40, '0')}` as Address);

test('attack: many nodes that answer a call each make what is kept of a release no larger, and hide no liar', () => {
  const [first, ...crowd] = addresses(1500) as [Address, ...Address[]];
  const called = (byNode: { node: Address; signed: number; keyless: number }[]): Event => {
    const total = byNode.reduce((sum, { signed: of }) => sum + of, 0);
    const body = { signed: total, keyless: 0, own: 0, failed: 0, callers: total, lastGoodAt: start, byNode };
    return { kind: 'release.called', subject: releases[0], signer: hub, body };
  };
  const state = emptyNetworkState(hub);
  reduceNetwork(state, logAt(called([{ node: first, signed: 5, keyless: 0 }]), start));
  let before = 0;
  for (let at = 0; at < crowd.length; at += 200) {
    const few = crowd.slice(at, at + 200).map((by) => ({ node: by, signed: 1, keyless: 0 }));
    reduceNetwork(state, logAt(called(few), start));
    const { calls } = state.releases.get(releases[0]) as ReleaseState;
    expect(Object.keys(calls.byNode).length).toBeLessThanOrEqual(200);
    expect(calls.byNode[first]).toEqual({ signed: 5, keyless: 0 });
    // Everything that is counted could be taken back.
    expect(Object.values(calls.byNode).reduce((sum, one) => sum + one.signed, 0)).toBe(calls.signed);
    expect(calls.signed).toBeGreaterThanOrEqual(before);
    before = calls.signed;
  }
});

test('attack: panel after panel, report after report: what is kept of a release stays small', () => {
  const crowd = addresses(600);
  const state = emptyNetworkState(hub);
  const say = (kind: string, signer: Address, body: object) =>
    reduceNetwork(state, logAt({ kind, subject: releases[0], signer, body }, start));
  say('release.published', publisher, { publisher, name: 'iris', version: '1.0.0' });
  for (let at = 0; at < crowd.length; at += 5) {
    const validators = crowd.slice(at, at + 5);
    say('release.drawn', hub, { validators, quorum: 3, epoch: 1, sealed: at % 2 === 0 });
    for (const signer of validators)
      say('release.committed', signer, { epoch: 1, commitment: commitmentOf(releases[0], signer, report(true)) });
    for (const signer of validators.slice(1)) say('release.validated', signer, report(true));
    const found = state.releases.get(releases[0]) as ReleaseState;
    expect(Object.keys(found.reports).length).toBeLessThanOrEqual(5 + 50);
    expect(Object.keys(found.commitments).length).toBeLessThanOrEqual(5);
  }
});

test('attack: strangers speak of releases, nodes and keys that do not exist, and are not remembered', () => {
  const state = emptyNetworkState(hub);
  reduceNetwork(state, logAt({ kind: 'policy.adopted', subject: hub, signer: hub, body: { policy } }, start));
  const before = essence(state);
  for (const [i, address] of addresses(300).entries()) {
    const subject = `sha256:${i.toString(16).padStart(64, '0')}`;
    for (const event of [
      { kind: 'release.validated', subject, body: report(true) },
      { kind: 'release.committed', subject, body: { epoch: 1, commitment: '0'.repeat(64) } },
      { kind: 'release.yanked', subject, body: { yanked: true, note: '' } },
      { kind: 'audit.finished', subject: address, body: {} },
      { kind: 'receipt.forked', subject: address, body: { first: signed[0], second: signed[1] } },
      {
        kind: 'key.delegated',
        subject: address,
        body: { key: stranger, scopes: ['publish'], notBefore: 0, notAfter: 1 },
      },
      { kind: 'key.revoked', subject: stranger, body: { key: address } },
    ])
      reduceNetwork(state, logAt({ ...event, signer: stranger }, start));
  }
  expect(essence(state)).toBe(before);
});

test('attack: a thousand delegations and a thousand drawn audits are bounded, the youngest stay', () => {
  const state = emptyNetworkState(hub);
  for (const [i, key] of addresses(1000).entries()) {
    const body = { key, scopes: ['publish'], notBefore: 0, notAfter: 8.64e15 };
    reduceNetwork(state, logAt({ kind: 'key.delegated', subject: stranger, signer: stranger, body }, start));
    const drawn = { receipt: i.toString(16).padStart(64, '0'), release: releases[0], auditors: [key], exact: true };
    reduceNetwork(state, logAt({ kind: 'audit.drawn', subject: liar, signer: hub, body: drawn }, start));
  }
  const kept = state.delegations.get(stranger) ?? [];
  expect(kept.length).toBeLessThanOrEqual(100);
  expect(kept.at(-1)?.key).toBe(addresses(1000).at(-1));
  expect(Object.keys(state.nodes.get(liar)?.drawn ?? {}).length).toBeLessThanOrEqual(200);
});
