import { expect, test } from 'vitest';
import * as story from '../../test/release-story.ts';
import { publisher, stranger } from '../../test/release-story.ts';
import { handleLapseMs } from '../curation/handle-lapse.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import { collectLookups, emptyLookups } from './collect-lookups.ts';

const t0 = 1_790_000_000_000;
const claimed = (signer: typeof publisher, at: number): LoggedStatement => {
  const logged = story.logged('handle.claimed', { handle: 'good-name' }, signer, at);
  return { ...logged, statement: { ...logged.statement, subject: 'good-name' } };
};
const ownerAfter = (...log: LoggedStatement[]) => {
  const lookups = emptyLookups();
  for (const [index, one] of log.entries()) collectLookups(lookups, one, index);
  return lookups.handles.get('good-name')?.owner;
};

test('a reader of a log gives a handle to its first claim, or to the next after a month without a release', () => {
  expect(ownerAfter(claimed(publisher, t0))).toBe(publisher);
  expect(ownerAfter(claimed(publisher, t0), claimed(stranger, t0 + handleLapseMs - 1))).toBe(publisher);
  expect(ownerAfter(claimed(publisher, t0), claimed(stranger, t0 + handleLapseMs))).toBe(stranger);
  expect(ownerAfter(story.published(t0), claimed(publisher, t0), claimed(stranger, t0 + handleLapseMs))).toBe(
    publisher,
  );
});

test('attack: what its owner publishes after somebody else claimed it does not bring a lapsed handle back', () => {
  const late = t0 + handleLapseMs;
  const log = [
    claimed(publisher, t0),
    claimed(stranger, late),
    story.published(late + 1),
    claimed(publisher, late + 2),
  ];
  expect(ownerAfter(...log)).toBe(stranger);
});
