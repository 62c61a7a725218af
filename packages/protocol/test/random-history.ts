import fc from 'fast-check';
import type { Address } from '../src/identity/address.ts';
import { addressOf, parsePrivateKey } from '../src/keys/private-key.ts';
import type { Receipt } from '../src/receipts/receipt.ts';
import { signReceipt } from '../src/receipts/sign-receipt.ts';
import { commitmentOf } from '../src/statements/commitment.ts';
import { statementKinds } from '../src/statements/kinds/statement-kinds.ts';
import type { LoggedStatement } from '../src/statements/logged-statement.ts';
import { createReceipt } from './create-receipt.ts';
import * as story from './release-story.ts';
import { hub, policy, publisher, stranger } from './release-story.ts';

/** Random histories of a network: hub, nodes, publishers, strangers and liars, each saying what they may and may not. */
const liarKey = parsePrivateKey(`0x${'33'.repeat(32)}`) as NonNullable<ReturnType<typeof parsePrivateKey>>;
export const liar = addressOf(liarKey);
export const nodes = [...story.nodes, liar];
export const operator = `0x${'d'.repeat(40)}` as Address;
export const releases = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`] as const;
const receipts = ['ab'.repeat(32), 'cd'.repeat(32)];
export const start = 1_790_000_000_000;

export type Event = { kind: string; subject: string; signer: Address; body: object };
export const one = <Value>(...values: Value[]) => fc.constantFrom(...values);
const anyNode = one(...nodes);
export const anybody = one(hub, publisher, stranger, operator, ...nodes);
const mostly = <Value>(value: Value, others: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: others });
const byHub = mostly(hub, anybody);
export const small = fc.nat(5);
export const epoch = mostly(1, one(2));
const verdict = fc.boolean().map((ok) => ({ ok, reason: ok ? 'VectorsPassed' : 'VectorFailed', message: 'm' }));
/** What can be found in a report, so few that a commitment made earlier is often opened. */
export const report = (ok: boolean, of = 1) => ({
  ...{ ok, reason: ok ? 'VectorsPassed' : 'VectorFailed', message: 'm', epoch: of, deterministic: true },
  ...{ runtime: { name: 'r', version: '1' }, loadMs: 1, peakBytes: 1, vectors: [] },
});
/** Names that every object of JavaScript has, and others nobody has heard of. */
const strange = one('__proto__', 'constructor', 'toString', 'hasOwnProperty', `sha256:${'9'.repeat(64)}`, stranger);

export const receipt = (inputs: string, seq: number): Receipt =>
  createReceipt({ release: '1'.repeat(64), inputs, node: liar, startedAt: start, finishedAt: start, seq });
export const signed = [receipt('11'.repeat(32), 7), receipt('22'.repeat(32), 7), receipt('22'.repeat(32), 8)].map(
  (of) => signReceipt(of, liarKey),
);

export const about = <Body extends object>(
  kind: string,
  subject: fc.Arbitrary<string>,
  signer: fc.Arbitrary<Address>,
  body: fc.Arbitrary<Body>,
): fc.Arbitrary<Event> => fc.record({ kind: fc.constant(kind), subject, signer, body });
export const release = fc.oneof({ weight: 8, arbitrary: one<string>(...releases) }, { weight: 1, arbitrary: strange });
export const node = fc.oneof({ weight: 8, arbitrary: anyNode }, { weight: 1, arbitrary: strange });
/** Somebody who speaks of themselves, mostly. */
const ofSelf = (kind: string, body: fc.Arbitrary<object>) =>
  fc.tuple(anybody, anybody, fc.nat(6), body).map(([self, other, lot, of]): Event => {
    return { kind, subject: lot === 0 ? other : self, signer: self, body: of };
  });

const events: Record<string, fc.Arbitrary<Event>> = {
  'release.published': about(
    'release.published',
    release,
    mostly(publisher, anybody),
    mostly(publisher, anybody).map((of) => ({ publisher: of, name: 'iris', version: '1.0.0' })),
  ),
  'release.stored': about(
    'release.stored',
    release,
    byHub,
    verdict.map((of) => ({ ...of, files: 1, bytes: 1 })),
  ),
  'release.drawn': about(
    'release.drawn',
    release,
    byHub,
    fc.record({
      validators: fc.array(fc.oneof({ weight: 8, arbitrary: anyNode }, { weight: 1, arbitrary: anybody }), {
        maxLength: 5,
      }),
      quorum: fc.integer({ min: 1, max: 3 }),
      epoch,
      sealed: fc.boolean(),
    }),
  ),
  'release.committed': fc.tuple(release, anyNode, fc.boolean(), epoch).map(([subject, signer, ok, of]) => ({
    kind: 'release.committed',
    subject,
    signer,
    body: { epoch: of, commitment: commitmentOf(subject, signer, report(ok)) },
  })),
  'release.validated': about(
    'release.validated',
    release,
    fc.oneof({ weight: 8, arbitrary: anyNode }, { weight: 1, arbitrary: anybody }),
    fc.tuple(mostly(true, fc.boolean()), epoch).map(([ok, of]) => report(ok, of)),
  ),
  'release.blocked': about(
    'release.blocked',
    release,
    byHub,
    fc.record({
      condition: one('Verified', 'Reachable', '__proto__'),
      status: one('True', 'False', 'Unknown'),
      reason: one('NoNodeFits', 'Constructor'),
      message: fc.constant('m'),
    }),
  ),
  'release.probed': about(
    'release.probed',
    release,
    byHub,
    fc.tuple(verdict, fc.option(anyNode)).map(([of, by]) => ({ ...of, ms: 1, node: by })),
  ),
  'release.called': about(
    'release.called',
    release,
    byHub,
    fc.record({
      ...{ signed: small, keyless: small, own: small, failed: small, callers: small },
      lastGoodAt: fc.option(fc.nat(Number.MAX_SAFE_INTEGER)),
      byNode: fc.array(fc.record({ node: anyNode, signed: small, keyless: small }), { maxLength: 3 }),
    }),
  ),
  'release.yanked': about(
    'release.yanked',
    release,
    mostly(publisher, anybody),
    fc.record({ yanked: fc.boolean(), note: fc.constant('n') }),
  ),
  'release.deprecated': about(
    'release.deprecated',
    release,
    mostly(publisher, anybody),
    fc.record({ deprecated: fc.boolean(), note: fc.constant('n'), successor: fc.constant(null) }),
  ),
  'release.refused': about(
    'release.refused',
    release,
    byHub,
    fc.record({ refused: fc.uniqueArray(one('listing', 'calls', 'bytes')), note: fc.constant('n') }),
  ),
  'node.joined': ofSelf(
    'node.joined',
    fc.option(one(operator, publisher), { nil: undefined }).map((of) => ({
      ...{ software: 'x/1', memoryBytes: 1, slots: 1 },
      ...(of ? { operator: of } : {}),
    })),
  ),
  'audit.drawn': about(
    'audit.drawn',
    node,
    byHub,
    fc.record({
      receipt: one(...receipts),
      release: one(...releases),
      auditors: fc.array(anyNode, { minLength: 1, maxLength: 3 }),
      exact: fc.boolean(),
    }),
  ),
  'audit.finished': about(
    'audit.finished',
    node,
    anyNode,
    fc.record({
      receipt: one(...receipts),
      release: one(...releases),
      exact: fc.boolean(),
      ok: fc.boolean(),
      reason: mostly('AnswerWrong', one('CallNotShown')),
      ...{ message: fc.constant('m'), runtime: fc.constant('wasm'), tolerance: fc.constant(0) },
      difference: fc.constant(null),
    }),
  ),
  'receipt.forked': about(
    'receipt.forked',
    node,
    anybody,
    fc.tuple(fc.nat(2), fc.nat(2)).map(([a, b]) => ({ first: signed[a], second: signed[b] })),
  ),
  'key.delegated': ofSelf(
    'key.delegated',
    fc.record({
      key: anybody,
      scopes: fc.uniqueArray(one('publish', 'operate', 'call'), { minLength: 1 }),
      notBefore: fc.constant(0),
      notAfter: one(start + 3000, 8.64e15),
    }),
  ),
  'key.revoked': ofSelf(
    'key.revoked',
    anybody.map((key) => ({ key })),
  ),
  'model.aliased': about(
    'model.aliased',
    one<string>(`${publisher}/latest`, '__proto__'),
    mostly(publisher, anybody),
    fc.option(one('bob/iris')).map((target) => ({ publisher, name: 'latest', target })),
  ),
  'label.attached': about(
    'label.attached',
    fc.oneof(release, strange),
    anybody,
    fc.record({ label: one('malware', 'constructor'), attached: fc.boolean(), note: fc.constant('n') }),
  ),
  'policy.adopted': about(
    'policy.adopted',
    fc.constant(hub),
    byHub,
    epoch.map((of) => ({ policy: { ...policy, epoch: of } })),
  ),
};
const often: Record<string, number> = {
  'release.drawn': 3,
  'release.committed': 5,
  'release.validated': 8,
  'audit.drawn': 3,
  'audit.finished': 6,
  'node.joined': 2,
  'key.delegated': 2,
};
export const anyEvent = fc.oneof(
  ...Object.entries(events).map(([kind, arbitrary]) => ({ arbitrary, weight: often[kind] ?? 1 })),
  // Bodies that do not fit their kind, and kinds a later version may have.
  {
    weight: 2,
    arbitrary: fc
      .tuple(one(...Object.keys(statementKinds), 'release.loved', 'key.lent'), anybody, release)
      .chain(([kind, signer, subject]) =>
        fc
          .dictionary(one('ok', 'validators', 'byNode', 'receipt', 'key', 'policy', 'publisher'), fc.jsonValue())
          .map((body) => ({ kind, signer, subject, body })),
      ),
  },
);
/** What seldom comes together by chance: a round in which most of a panel commit and show, at times too late. */
export const round: fc.Arbitrary<Event[]> = fc
  .tuple(one(...releases), fc.uniqueArray(anyNode, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.nat(9))
  .map(([subject, validators, sealed, lot]) => {
    const body = { validators, quorum: 1 + (lot % 3), epoch: 1, sealed };
    const commit = (signer: Address): Event => {
      const commitment = commitmentOf(subject, signer, report(true));
      return { kind: 'release.committed', subject, signer, body: { epoch: 1, commitment } };
    };
    const show = (signer: Address): Event => ({ kind: 'release.validated', subject, signer, body: report(true) });
    const [last, ...others] = validators as [Address, ...Address[]];
    const inTime = [...others.map(commit), ...(lot > 3 ? [commit(last)] : [])];
    const late = lot <= 3 ? [commit(last)] : [];
    return [
      { kind: 'release.drawn', subject, signer: hub, body },
      ...(lot === 9 ? [] : inTime),
      ...others.map(show),
      ...late,
      show(last),
    ];
  });
/** Judges of one call, who mostly agree that it was answered wrong. */
const trial: fc.Arbitrary<Event[]> = fc
  .tuple(anyNode, one(...receipts), fc.uniqueArray(anyNode, { minLength: 3, maxLength: 3 }), fc.nat(9))
  .map(([subject, of, auditors, lot]) => {
    const about = { receipt: of, release: releases[0], exact: true };
    const said = {
      ...about,
      ok: false,
      reason: 'AnswerWrong',
      message: 'm',
      runtime: 'wasm',
      difference: 1,
      tolerance: 0,
    };
    return [
      { kind: 'audit.drawn', subject, signer: hub, body: { ...about, auditors } },
      ...auditors.map((signer, i): Event => {
        return { kind: 'audit.finished', subject, signer, body: { ...said, ok: i === 0 && lot > 7 } };
      }),
    ];
  });
/** Two nodes that say, as their operator does, who runs them. */
const family: fc.Arbitrary<Event[]> = fc
  .tuple(one(operator, publisher), fc.uniqueArray(anyNode, { minLength: 2, maxLength: 2 }))
  .map(([by, members]) =>
    members.flatMap((key): Event[] => [
      {
        ...{ kind: 'key.delegated', subject: by, signer: by },
        body: { key, scopes: ['operate'], notBefore: 0, notAfter: 8.64e15 },
      },
      {
        ...{ kind: 'node.joined', subject: key, signer: key },
        body: { software: 'x/1', memoryBytes: 1, slots: 1, operator: by },
      },
    ]),
  );
const steps = fc.oneof(
  { weight: 8, arbitrary: anyEvent.map((event) => [event]) },
  { weight: 2, arbitrary: round },
  { weight: 1, arbitrary: trial },
  { weight: 1, arbitrary: family },
);
export const log: fc.Arbitrary<LoggedStatement[]> = fc
  .array(fc.tuple(steps, one(0, 1, 300, 1000, 5000)), { maxLength: 25, size: 'max' })
  .map((history) => {
    let at = start;
    const begin: Event[] = [
      { kind: 'policy.adopted', subject: hub, signer: hub, body: { policy } },
      ...releases.map((subject) => ({
        ...{ kind: 'release.published', subject, signer: publisher },
        body: { publisher, name: 'iris', version: '1.0.0' },
      })),
    ];
    const rest = history.flatMap(([events, pause]) => {
      at += pause;
      return events.map((event) => logAt(event, at));
    });
    return [...begin.map((event) => logAt(event, start)), ...rest];
  });

export function logAt({ kind, subject, signer, body }: Event, at: number): LoggedStatement {
  const signature = `0x${'0'.repeat(130)}`;
  return { statement: { kind, subject, signer, body: body as never, issuedAt: at, signature }, loggedAt: at };
}
