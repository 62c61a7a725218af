/** The sessions of one key, as somebody who hears them remembers them. Times in milliseconds since 1970. */
export type SessionHistory = {
  /** Null while none is taken. */
  current: { session: string; since: number } | null;
  /** Those that ended here, the last first, and whether one spoke after its end: then two processes have the key. */
  ended: readonly { session: string; at: number; spoke: boolean }[];
  /** No session is taken before this time. */
  contestedUntil: number;
};

export type SessionVerdict =
  | { ok: true }
  | { ok: false; code: 'SessionReplaced' | 'SessionContested'; message: string; retryAfterMs?: number };

export const noSessions: SessionHistory = { current: null, ended: [], contestedUntil: 0 };

const minuteMs = 60_000;
/** So many sessions that spoke on after they were replaced, within a minute, are two processes that end each other in turn. */
const mostContests = 3;
/** Long enough for a person to see it. */
const contestedMs = 5 * minuteMs;
/** Nobody replaces more often than until the contest is seen; a signed word is older than a minute nowhere. */
const remembered = 16;

/**
 * Whether a node may speak under this session, and what is remembered after it has. A newer session ends the older: a node
 * that starts again must not wait for the one that died. One that has ended never comes back, so a clone, or what
 * somebody held back, replaces nothing. That a node restarts again and again is no contest: the dead say nothing.
 */
export function takeSession(
  history: SessionHistory,
  session: string,
  now: number,
): { history: SessionHistory; verdict: SessionVerdict } {
  const { current, ended } = history;
  if (now < history.contestedUntil) return { history, verdict: contested(history.contestedUntil, now) };
  if (current?.session === session) return { history, verdict: { ok: true } };
  const former = ended.find((one) => one.session === session);
  if (former) {
    const spoken = ended.map((one) => (one === former ? { ...one, spoke: true } : one));
    return { history: { ...history, ended: spoken }, verdict: replaced(former.at) };
  }
  const all = current ? [{ session: current.session, at: now, spoke: false }, ...ended] : ended;
  const contests = all.filter(({ at, spoke }) => spoke && at > now - minuteMs).length;
  if (contests >= mostContests) {
    const kept = [{ session, at: now, spoke: true }, ...all].slice(0, remembered);
    const contestedUntil = now + contestedMs;
    return { history: { current: null, ended: kept, contestedUntil }, verdict: contested(contestedUntil, now) };
  }
  const taken = { current: { session, since: now }, ended: all.slice(0, remembered), contestedUntil: 0 };
  return { history: taken, verdict: { ok: true } };
}

const replaced = (at: number): SessionVerdict => ({
  ok: false,
  code: 'SessionReplaced',
  message: `Another process with this key has opened a newer session at ${new Date(at).toISOString()}; this one has ended.`,
});

const contested = (until: number, now: number): SessionVerdict => ({
  ok: false,
  code: 'SessionContested',
  message: `Two processes with this key have replaced each other three times in a minute: none is taken until ${new Date(until).toISOString()}.`,
  retryAfterMs: until - now,
});
