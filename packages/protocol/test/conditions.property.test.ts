import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Condition } from '../src/conditions/condition.ts';
import { conditionsAt, isCallable } from '../src/conditions/conditions-at.ts';
import { emptyReleaseState, type ReleaseState } from '../src/conditions/release-state.ts';
import type { Address } from '../src/identity/address.ts';
import { deriveConditions } from '../src/network/derive-conditions.ts';
import { reduceRelease } from '../src/network/reduce-release.ts';
import type { StatementBody } from '../src/statements/kinds/statement-kinds.ts';
import type { LoggedStatement } from '../src/statements/logged-statement.ts';
import { moments, start } from './release-moments.ts';
import * as story from './release-story.ts';
import { hub, nodes, policy, publisher, rules, stranger } from './release-story.ts';

type Make = (at: number) => LoggedStatement;
const anybody = fc.constantFrom(hub, publisher, stranger, ...nodes);
const mostly = (one: Address) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(one) }, { weight: 1, arbitrary: anybody });
const ok = fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const epoch = fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) });
const few = fc.nat(3);

/** Anything that may stand in a log: true words, words of people without a say, and bodies that do not fit. */
const event: fc.Arbitrary<Make> = fc.oneof(
  fc.tuple(ok, mostly(hub)).map(
    ([good, signer]): Make =>
      (at) =>
        story.stored(at, good, signer),
  ),
  fc
    .tuple(
      fc.array(fc.constantFrom(publisher, ...nodes), { maxLength: 5 }),
      fc.integer({ min: 1, max: 5 }),
      epoch,
      mostly(hub),
    )
    .map(
      ([validators, quorum, of, signer]): Make =>
        (at) =>
          story.drawn(at, validators, quorum, of, signer),
    ),
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(publisher, stranger, ...nodes), ok, epoch, fc.integer({ min: -1000, max: 3000 }))
      .map(
        ([signer, good, of, late]): Make =>
          (at) =>
            story.reported(at, signer, good, { epoch: of, issuedAt: Math.max(0, at - late) }),
      ),
  },
  fc
    .tuple(
      fc.constantFrom('Verified', 'Reachable', 'Stored', 'x'),
      fc.constantFrom('True', 'False', 'Unknown'),
      mostly(hub),
    )
    .map(
      ([condition, status, signer]): Make =>
        (at) =>
          story.blocked(at, condition, status, signer),
    ),
  fc.tuple(ok, mostly(hub)).map(
    ([good, signer]): Make =>
      (at) =>
        story.probed(at, good, signer),
  ),
  fc.tuple(few, few, few, few, fc.nat(), mostly(hub)).map(
    ([signed, keyless, own, failed, lastGoodAt, signer]): Make =>
      (at) =>
        story.called(at, { signed, keyless, own, failed, lastGoodAt }, signer),
  ),
  fc
    .tuple(
      anybody,
      fc.constantFrom(
        'release.stored',
        'release.drawn',
        'release.validated',
        'release.probed',
        'release.called',
        'release.published',
        'release.loved',
      ),
      fc.dictionary(fc.constantFrom('ok', 'validators', 'quorum', 'publisher'), fc.jsonValue()),
    )
    .map(
      ([signer, kind, body]): Make =>
        (at) =>
          story.logged(kind, body, signer, at),
    ),
  fc.constant<Make>((at) => story.published(at)),
);

const log = fc
  .array(fc.tuple(event, fc.oneof(fc.constant(0), fc.nat(400), fc.constantFrom(1000, 2000, 4999, 5000))), {
    maxLength: 25,
  })
  .map((steps) => {
    let at = start;
    const rest = steps.map(([make, pause]) => {
      at += pause;
      return make(at);
    });
    return [story.published(start), ...rest];
  });

const fold = (statements: readonly LoggedStatement[], state = emptyReleaseState(start)) =>
  statements.reduce((before, next) => reduceRelease(before, next, rules), state);
const statusesOf = (conditions: readonly Condition[]) =>
  Object.fromEntries(conditions.map(({ type, status }) => [type, status]));

/** What the design says in words, written a second time and without a fold: which conditions are True at a time. */
function truths(statements: readonly LoggedStatement[], now: number): Record<string, boolean> {
  const body = <Kind extends keyof Bodies>({ statement }: LoggedStatement) => statement.body as Bodies[Kind];
  const fits = ({ statement }: LoggedStatement) =>
    Object.hasOwn(statement.body, 'message') ||
    Object.hasOwn(statement.body, 'epoch') ||
    Object.hasOwn(statement.body, 'signed');
  const byHub = (kind: string) =>
    statements.filter((one) => one.statement.kind === kind && one.statement.signer === hub && fits(one));
  const lately = (one: LoggedStatement | undefined, seconds: number) =>
    one !== undefined && now < one.loggedAt + seconds * 1000;

  const lastStored = byHub('release.stored').at(-1);
  const ends = statements.filter((one) => {
    if (one.statement.signer !== hub || !fits(one)) return false;
    return (
      one.statement.kind === 'release.probed' ||
      (one.statement.kind === 'release.blocked' && one.statement.body.condition === 'Reachable')
    );
  });
  const lastProbe = ends.at(-1);

  const draws = byHub('release.drawn');
  const panel = draws.at(-1);
  const of = panel && body<'release.drawn'>(panel);
  const epochs = draws.map((one) => body<'release.drawn'>(one).epoch);
  const sinceDraw = of ? draws[epochs.findLastIndex((one) => one !== of.epoch) + 1] : undefined;
  const members = new Set(of?.validators ?? []);
  const passes = [...members].filter((member) => {
    const heard = statements.filter((one, index) => {
      if (
        one.statement.kind !== 'release.validated' ||
        one.statement.signer !== member ||
        member === publisher ||
        !fits(one)
      )
        return false;
      if (!sinceDraw || index < statements.indexOf(sinceDraw)) return false;
      const then = draws.filter((draw) => statements.indexOf(draw) < index).at(-1);
      return (
        then !== undefined &&
        body<'release.drawn'>(then).validators.includes(member) &&
        body<'release.validated'>(one).epoch === body<'release.drawn'>(then).epoch
      );
    });
    const last = heard.at(-1);
    return (
      last !== undefined &&
      body<'release.validated'>(last).ok &&
      now < Math.min(last.loggedAt, last.statement.issuedAt) + policy.freshness.verifiedSeconds * 1000
    );
  });

  return {
    Uploaded: statements.some(
      (one) => one.statement.kind === 'release.published' && one.statement.signer === publisher,
    ),
    Stored: lately(lastStored, policy.freshness.storedSeconds) && lastStored?.statement.body.ok === true,
    Verified: of !== undefined && of.epoch === policy.epoch && members.size > 0 && passes.length >= of.quorum,
    Reachable: lately(lastProbe, policy.freshness.reachableSeconds) && lastProbe?.statement.body.ok === true,
  };
}
type Bodies = {
  'release.drawn': StatementBody<'release.drawn'>;
  'release.validated': StatementBody<'release.validated'>;
};

test('a condition is True exactly when its evidence says so, at every millisecond that matters', () => {
  fc.assert(
    fc.property(log, (statements) => {
      for (const { known, now, conditions } of moments(statements)) {
        const expected = truths(known, now);
        for (const { type, status, evidence } of conditions) {
          if (type === 'Worked') continue;
          expect({ type, now: now - start, isTrue: status === 'True' }).toEqual({
            type,
            now: now - start,
            isTrue: expected[type],
          });
          if (status === 'True') expect(evidence.length).toBeGreaterThan(0);
        }
        expect(isCallable(conditions)).toBe(Object.values(expected).every(Boolean));
      }
    }),
    { numRuns: 100 },
  );
});

test('the time of the last transition moves when the status changes and at no other time, also by ageing or a new epoch', () => {
  fc.assert(
    fc.property(log, fc.integer({ min: 1, max: 25 }), (statements, turn) => {
      let before: Condition[] | null = null;
      for (const { now, conditions: after } of moments(statements, turn)) {
        for (const [index, condition] of after.entries()) {
          const was = before?.[index];
          if (!was) continue;
          const moved = condition.lastTransitionTime !== was.lastTransitionTime;
          if (condition.status === was.status) expect(moved).toBe(false);
          else expect(condition.lastTransitionTime).toBe(new Date(now).toISOString());
        }
        before = after;
      }
    }),
    { numRuns: 100 },
  );
});

test('folding one by one, through the text a database keeps, is folding from the start', () => {
  fc.assert(
    fc.property(log, fc.nat(8000), (statements, later) => {
      let kept = emptyReleaseState(start);
      for (const one of statements) kept = JSON.parse(JSON.stringify(reduceRelease(kept, one, rules))) as ReleaseState;
      const now = statements.at(-1)!.loggedAt + later;
      expect(conditionsAt(kept, now, rules)).toEqual(deriveConditions(statements, now, rules));
    }),
  );
});

test('a check time is never later than the log, and every evidence is a statement of the log', () => {
  fc.assert(
    fc.property(log, fc.nat(8000), (statements, later) => {
      const last = statements.at(-1)!.loggedAt;
      for (const condition of deriveConditions(statements, last + later, rules)) {
        if (condition.lastCheckTime !== null) expect(Date.parse(condition.lastCheckTime)).toBeLessThanOrEqual(last);
        expect(Date.parse(condition.lastTransitionTime)).toBeLessThanOrEqual(last + later);
        expect(condition.message).not.toBe('');
        expect(new Set(condition.evidence).size).toBe(condition.evidence.length);
      }
    }),
  );
});

test('attack: whatever is said by somebody without a say changes nothing at all', () => {
  const words: ((at: number, signer: Address) => LoggedStatement)[] = [
    (at, signer) => story.stored(at, true, signer),
    (at, signer) => story.drawn(at, [signer], 1, 1, signer),
    (at, signer) => story.blocked(at, 'Reachable', 'False', signer),
    (at, signer) => story.probed(at, true, signer),
    (at, signer) => story.called(at, { signed: 9 }, signer),
    (at, signer) => story.reported(at, signer),
    (at, signer) => story.published(at, signer),
    (at, signer) => story.published(at, signer, { publisher: signer, name: 'iris', version: '1.0.0' }),
  ];
  fc.assert(
    fc.property(log, fc.constantFrom(...words), fc.constantFrom(publisher, stranger), (statements, word, signer) => {
      const state = fold(statements);
      const at = statements.at(-1)!.loggedAt;
      expect(reduceRelease(state, word(at, signer), rules)).toBe(state);
    }),
  );
});

test('attack: a body that does not fit its kind changes nothing, even under the right signature', () => {
  const kinds = [
    'release.published',
    'release.stored',
    'release.drawn',
    'release.validated',
    'release.blocked',
    'release.probed',
    'release.called',
  ];
  const body = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue());
  fc.assert(
    fc.property(
      log,
      fc.constantFrom(...kinds),
      body,
      fc.constantFrom(hub, ...nodes),
      (statements, kind, hostile, signer) => {
        const state = fold(statements);
        expect(reduceRelease(state, story.logged(kind, hostile, signer, start), rules)).toBe(state);
      },
    ),
  );
});

type Word = 'pass' | 'fail' | 'silent';
const words: readonly Word[] = ['pass', 'fail', 'silent'];
const panels = (size: number): Word[][] =>
  size === 0 ? [[]] : panels(size - 1).flatMap((rest) => words.map((word) => [...rest, word]));
const said = (panel: readonly Word[], quorum: number, order = panel.map((_, index) => index)) => {
  const reports = order
    .filter((index) => panel[index] !== 'silent')
    .map((index) => story.reported(start, nodes[index]!, panel[index] === 'pass'));
  const all = [story.published(start), story.drawn(start, nodes.slice(0, panel.length), quorum), ...reports];
  return deriveConditions(all, start, rules).find(({ type }) => type === 'Verified')!;
};

test('the arithmetic of the quorum holds for every panel of up to five and every quorum', () => {
  for (let size = 1; size <= 5; size++)
    for (let quorum = 1; quorum <= size; quorum++)
      for (const panel of panels(size)) {
        const passed = panel.filter((word) => word === 'pass').length;
        const failed = panel.filter((word) => word === 'fail').length;
        const canStillPass = size - failed >= quorum;
        const status = passed >= quorum ? 'True' : canStillPass ? 'Unknown' : 'False';
        const reason = {
          True: 'VectorsPassed',
          False: 'VectorFailed',
          Unknown: passed > 0 && failed > 0 ? 'ValidatorsDisagree' : 'AwaitingValidators',
        }[status];
        const found = said(panel, quorum);
        expect({ size, quorum, panel, status: found.status, reason: found.reason }).toEqual({
          size,
          quorum,
          panel,
          status,
          reason,
        });
        const expected = { True: passed, False: failed, Unknown: Math.max(1, passed + failed) }[status];
        expect(found.evidence).toHaveLength(expected);
      }
});

test('one more pass never makes it worse', () => {
  const rank = { False: 0, Unknown: 1, True: 2 };
  for (let quorum = 1; quorum <= 4; quorum++)
    for (const panel of panels(4))
      for (const [index, word] of panel.entries())
        if (word !== 'pass')
          expect(rank[said(panel.with(index, 'pass'), quorum).status]).toBeGreaterThanOrEqual(
            rank[said(panel, quorum).status],
          );
});

test('in which order independent validators report makes no difference', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 }).chain((panel) =>
        fc.tuple(
          fc.constant(panel),
          fc.integer({ min: 1, max: panel.length }),
          fc.shuffledSubarray(
            panel.map((_, index) => index),
            { minLength: panel.length },
          ),
        ),
      ),
      ([panel, quorum, order]) => {
        const { lastTransitionTime: _, ...one } = said(panel, quorum);
        const { lastTransitionTime: __, ...other } = said(panel, quorum, order);
        expect(other).toEqual(one);
      },
    ),
  );
});

test('what is True now and what it says do not depend on when it is asked, but on what was logged', () => {
  fc.assert(
    fc.property(log, (statements) => {
      const now = statements.at(-1)!.loggedAt;
      expect(statusesOf(deriveConditions(statements, now, rules))).toEqual(
        statusesOf(conditionsAt(structuredClone(fold(statements)), now, rules)),
      );
      expect(deriveConditions(statements, now, rules)).toEqual(
        deriveConditions(structuredClone(statements), now, rules),
      );
    }),
  );
});
