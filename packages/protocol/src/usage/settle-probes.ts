import { Check } from '../schema/check.ts';
import type { Static } from '../schema/type.ts';
import { probesRevealed } from '../statements/kinds/probes-revealed.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import { oldestMs } from './count-file.ts';
import { dayMs, dayOf } from './usage-rows.ts';

export type ProbeReveal = Static<typeof probesRevealed.body>;

/** Days after its own in which the keys of a day are shown; then their calls are those of strangers, for good. */
export const revealDays = 8;

/** From when on no report of the calls of a day can come any more. */
export const revealFrom = (day: number): number => (day + 1) * dayMs + oldestMs;

/**
 * What a statement settles, by the log's time: the keys of its day, and that no earlier day has any others. Null for what counts nothing: too
 * early (a node could tell a probe by it), too late, of a day that is settled, and whatever is not the hub's.
 * attack: a hub reveals twice, or afterwards what it likes; figures of a settled day never change by it.
 */
export function readReveal(
  { statement, loggedAt }: LoggedStatement,
  { hub, settledUntil }: { hub: string; settledUntil: number },
): ProbeReveal | null {
  const { kind, signer, subject, body } = statement;
  if (kind !== probesRevealed.kind || signer !== hub || subject !== hub || !Check(probesRevealed.body, body))
    return null;
  const { day, secret, keys } = body;
  if (day * dayMs < Math.max(settledUntil, settledByTime(loggedAt)) || loggedAt < revealFrom(day)) return null;
  return { day, secret, keys };
}

/** All days before are settled by time alone: of a hub that was off, or that says nothing, nothing is waited for. */
export const settledByTime = (logTime: number): number => Math.max(0, (dayOf(logTime) - revealDays) * dayMs);

/** Up to which time all keys of probes are known, as of a moment of the log; `day` is the last that was revealed. */
export const settledUntil = (day: number | null, logTime: number): number =>
  Math.max(day === null ? 0 : (day + 1) * dayMs, settledByTime(logTime));
