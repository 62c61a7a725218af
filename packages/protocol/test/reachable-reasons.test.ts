import { expect, test } from 'vitest';
import type { ConditionType } from '../src/conditions/condition.ts';
import { conditionsWithReason } from '../src/conditions/conditions-with-reason.ts';
import type { Address } from '../src/identity/address.ts';
import { deriveConditions } from '../src/network/derive-conditions.ts';
import type { LoggedStatement } from '../src/statements/logged-statement.ts';
import type { Rules } from '../src/statements/rules.ts';
import * as story from './release-story.ts';

const t0 = 1_790_000_000_000;
const [n1, n2, n3] = story.nodes as [Address, Address, Address];
const panel = story.drawn(t0, [n1, n2, n3], 2);
const newEpoch: Rules = { ...story.rules, policy: { ...story.policy, epoch: 2 } };

/** What the fold itself says, from evidence that says something else or nothing. */
const cases: [reason: string, type: ConditionType, statements: LoggedStatement[], now?: number, rules?: Rules][] = [
  ['UploadIncomplete', 'Uploaded', []],
  ['AllBytesArrived', 'Uploaded', [story.published(t0)]],
  ['AwaitingStore', 'Stored', [story.published(t0)]],
  ['AllFilesReadBack', 'Stored', [story.stored(t0)]],
  ['HashMismatch', 'Stored', [story.stored(t0, false)]],
  ['CheckStale', 'Stored', [story.stored(t0)], t0 + 2_001],
  ['BlobExpired', 'Stored', [story.stored(t0, true, story.hub, { storedUntil: t0 + 1_000 })], t0 + 1_001],
  ['AwaitingValidators', 'Verified', [panel, story.reported(t0, n1)]],
  ['VectorsPassed', 'Verified', [panel, story.reported(t0, n1), story.reported(t0, n2)]],
  ['VectorFailed', 'Verified', [panel, story.reported(t0, n1, false), story.reported(t0, n2, false)]],
  ['ValidatorsDisagree', 'Verified', [panel, story.reported(t0, n1), story.reported(t0, n2, false)]],
  ['CheckStale', 'Verified', [panel, story.reported(t0, n1), story.reported(t0, n2)], t0 + 5_001],
  ['PolicyChanged', 'Verified', [panel, story.reported(t0, n1), story.reported(t0, n2)], t0, newEpoch],
  ['NoNodeFits', 'Verified', [story.blocked(t0)]],
  ['AwaitingProbe', 'Reachable', [story.published(t0)]],
  ['ProbeAnswered', 'Reachable', [story.probed(t0)]],
  ['ProbeTimeout', 'Reachable', [story.probed(t0, false)]],
  ['CheckStale', 'Reachable', [story.probed(t0)], t0 + 1_001],
  ['NeverCalled', 'Worked', [story.published(t0)]],
  ['CalledIndependently', 'Worked', [story.called(t0)]],
  ['CalledWithoutKey', 'Worked', [story.called(t0, { keyless: 1, lastGoodAt: t0 })]],
  ['OnlyPublisherCalls', 'Worked', [story.called(t0, { own: 1, lastGoodAt: t0 })]],
  ['RecentFailures', 'Worked', [story.called(t0, { failed: 10 })]],
];

test.each(cases)('%s is reached at %s, where its page says it is found', (reason, type, statements, now, rules) => {
  const first = type === 'Uploaded' ? [] : [story.published(t0)];
  const conditions = deriveConditions([...first, ...statements], now ?? t0, rules ?? story.rules);
  expect(conditions.find((condition) => condition.type === type)?.reason).toBe(reason);
  expect(conditionsWithReason(reason)).toContain(type);
});
