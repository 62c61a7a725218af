import { conditionReasons } from '../reasons/condition-reasons.ts';
import type { ConditionStatus } from './condition.ts';

/** A condition between two statements: its status, and until when it holds without a new check. */
export type Track = {
  status: ConditionStatus;
  reason: string;
  message: string;
  /** When the status last changed, milliseconds. */
  since: number;
  checkedAt: number | null;
  /** From then on the status is Unknown with CheckStale; null when it never grows old. */
  expiresAt: number | null;
  /** From then on, checked or not, what was checked is no longer kept: False with BlobExpired. */
  endsAt?: number;
  /** Of Verified: the epoch of the policy it was checked under, and the one in force when that was told. */
  checked?: { epoch: number; toldUnder: number };
  evidence: readonly string[];
};

/** What a statement makes of a track; `since` is kept while the status stays the same. */
export function moveTrack(track: Track, at: number, next: Omit<Track, 'since'>): Track {
  const before = ageTrack(track, at);
  return { ...next, since: before.status === next.status ? before.since : at };
}

/**
 * The track as it stands at a time: a check that has grown old turns to Unknown, it never stays green; one of what is
 * kept only until a time turns to False then.
 */
export function ageTrack(track: Track, at: number): Track {
  if (track.endsAt !== undefined && at >= track.endsAt) return endTrack(track, track.endsAt);
  if (track.expiresAt === null || at < track.expiresAt) return track;
  return {
    ...track,
    status: 'Unknown',
    reason: 'CheckStale',
    message: `The last check was at ${new Date(track.checkedAt ?? track.since).toISOString()} and is too old to count.`,
    since: track.status === 'Unknown' ? track.since : track.expiresAt,
    expiresAt: null,
  };
}

function endTrack({ endsAt: _, ...track }: Track, end: number): Track {
  return {
    ...track,
    status: 'False',
    reason: 'BlobExpired',
    message: `${conditionReasons.BlobExpired.sentence} It was paid for until ${new Date(end).toISOString()}.`,
    since: Math.max(track.since, end),
    expiresAt: null,
  };
}
