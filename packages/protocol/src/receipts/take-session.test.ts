import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noSessions, type SessionHistory, takeSession } from './take-session.ts';

const minute = 60_000;
const start = Date.UTC(2026, 0, 1);

/** Sessions that speak one after the other, as `name@seconds`: what each is told. */
function play(...words: string[]): string[] {
  let history: SessionHistory = noSessions;
  return words.map((word) => {
    const [session = '', at] = word.split('@');
    const told = takeSession(history, session, start + Number(at) * 1000);
    history = told.history;
    return told.verdict.ok ? 'ok' : told.verdict.code;
  });
}

test('a newer session ends the older, which is told since when and never comes back', () => {
  expect(play('a@0', 'a@5', 'b@10', 'a@11', 'b@12', 'a@4000', 'b@4001')).toEqual([
    ...['ok', 'ok', 'ok', 'SessionReplaced', 'ok', 'SessionReplaced', 'ok'],
  ]);
  const { history } = takeSession(takeSession(noSessions, 'a', start).history, 'b', start + 10_000);
  expect(takeSession(history, 'a', start + minute).verdict).toMatchObject({
    message: expect.stringContaining('2026-01-01T00:00:10.000Z'),
  });
});

test('a node that restarts again and again is taken each time: the dead say nothing', () => {
  expect(play(...Array.from({ length: 40 }, (_, i) => `s${i}@${i}`))).toEqual(Array(40).fill('ok'));
});

test('two processes that replace each other three times in a minute are both refused, for five minutes', () => {
  const fight = ['a1@0', 'b1@5', 'a1@10', 'a2@12', 'b1@15', 'b2@17', 'a2@20', 'a3@22', 'b2@25', 'b3@27'];
  const told = play(...fight, 'a3@30', 'b3@31', 'a4@100', 'b4@327', 'a5@328', 'b4@329');
  expect(told.slice(0, fight.length)).toEqual([
    ...['ok', 'ok', 'SessionReplaced', 'ok', 'SessionReplaced', 'ok', 'SessionReplaced', 'SessionContested'],
    ...['SessionContested', 'SessionContested'],
  ]);
  expect(told.slice(fight.length)).toEqual([
    ...['SessionContested', 'SessionContested', 'SessionContested', 'ok', 'ok', 'SessionReplaced'],
  ]);
});

test('what replaces each other slowly is replaced, not refused', () => {
  const slow = Array.from({ length: 10 }, (_, i) => [`s${i}@${i * 40}`, `s${i - 1}@${i * 40 + 1}`])
    .flat()
    .slice(2);
  expect(play('s0@0', ...slow)).not.toContain('SessionContested');
});

test('whatever is said, one session at most is current, none that ended comes back, and memory is bounded', () => {
  const words = fc.array(
    fc.record({ session: fc.integer({ min: 0, max: 40 }), pause: fc.integer({ min: 0, max: 90_000 }) }),
  );
  fc.assert(
    fc.property(words, (said) => {
      let [history, now] = [noSessions, start];
      const ended = new Set<string>();
      for (const { session, pause } of said) {
        now += pause;
        const before = history.current?.session;
        const told = takeSession(history, String(session), now);
        history = told.history;
        if (before !== undefined && before !== history.current?.session) ended.add(before);
        expect(told.verdict.ok).toBe(history.current?.session === String(session));
        expect(history.ended.length).toBeLessThanOrEqual(16);
        const known = new Set(history.ended.map((one) => one.session));
        if (told.verdict.ok && ended.has(String(session))) expect(known.has(String(session))).toBe(false);
      }
    }),
  );
});
