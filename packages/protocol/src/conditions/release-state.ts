import type { Address } from '../identity/address.ts';
import { conditionReasons } from '../reasons/condition-reasons.ts';
import type { ConditionType } from './condition.ts';
import type { Track } from './track.ts';

/** What one drawn validator last said; `at` is when, by the earlier of its clock and the log's. */
export type ValidatorReport = { ok: boolean; reason: string; message: string; at: number; statement: string };

/** Everything the conditions of a release depend on; folded from its statements, never set. */
export type ReleaseState = {
  publisher: Address | null;
  tracks: Readonly<Record<ConditionType, Track>>;
  panel: { validators: readonly Address[]; quorum: number; epoch: number } | null;
  reports: Readonly<Record<Address, ValidatorReport>>;
  calls: {
    signed: number;
    keyless: number;
    own: number;
    failed: number;
    callers: number;
    lastGoodAt: number | null;
    recentGood: number;
    recentFailed: number;
  };
};

/** A release nothing is known of. */
export function emptyReleaseState(at: number): ReleaseState {
  const unknown = (reason: keyof typeof conditionReasons): Track => ({
    status: 'Unknown',
    reason,
    message: conditionReasons[reason].sentence,
    since: at,
    checkedAt: null,
    expiresAt: null,
    evidence: [],
  });
  return {
    publisher: null,
    tracks: {
      Uploaded: unknown('UploadIncomplete'),
      Stored: unknown('AwaitingStore'),
      Verified: unknown('AwaitingValidators'),
      Reachable: unknown('AwaitingProbe'),
      Worked: unknown('NeverCalled'),
    },
    panel: null,
    reports: {},
    calls: { signed: 0, keyless: 0, own: 0, failed: 0, callers: 0, lastGoodAt: null, recentGood: 0, recentFailed: 0 },
  };
}
