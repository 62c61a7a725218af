const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** The pauses of Standard Webhooks after each failure. */
const pauses = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
/** An endpoint that never repeats its challenge is asked so often, within three hours. */
export const attemptsAtChallenge = 5;
/** A webhook that has failed for so long is disabled. */
export const failingAtMostMs = 72 * hour;

/** Milliseconds until the next attempt; `draw` from 0 to 1 keeps those that failed together apart. */
export function pauseAfterFailure(failures: number, retryAfter: string | undefined, draw: number): number {
  const pause = pauses[Math.min(failures, pauses.length) - 1] ?? second;
  const asked = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * second : 0;
  return Math.round(Math.max(pause * (1 + draw / 4), Math.min(asked, 24 * hour)));
}
