import { type Condition, failingCondition, isCallable, type ReleaseState } from '@callable/protocol';
import type { Watch } from '../events/derive-events.ts';

export type BadgeTone = 'good' | 'bad' | 'waiting' | 'unknown';

/** What a badge says: both sides, how it stands, and for how long the words stay true if nothing happens. */
export type BadgeWords = { label: string; message: string; tone: BadgeTone; freshMs: number };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** What happens to a release is seen by then, whatever the words. */
const freshAtMostMs = 5 * minuteMs;
const longestLabel = 40;

/** The words about a release, from the conditions that everything else goes by. */
export function sayBadge(
  {
    name,
    state,
    conditions,
    phase,
  }: {
    name: string;
    state: Pick<ReleaseState, 'calls' | 'notices'>;
    conditions: readonly Condition[];
    phase: Watch['phase'];
  },
  now: number,
): BadgeWords {
  const label = shorten(name, longestLabel);
  const say = (tone: BadgeTone, message: string, freshMs = minuteMs) => ({ label, message, tone, freshMs });
  if (state.notices.refused?.scopes.includes('calls')) return say('bad', 'refused by this hub');
  if (state.notices.yanked) return say('bad', 'yanked');
  if (isCallable(conditions)) {
    const worked = conditions.find(({ type }) => type === 'Worked');
    if (worked?.status === 'False') return say('bad', 'calls fail lately');
    const at = worked?.status === 'True' ? state.calls.lastGoodAt : null;
    const age = at === null ? null : sayAge(Math.max(0, now - at));
    return age ? say('good', `worked ${age.text}`, age.freshMs) : say('good', 'callable');
  }
  const failing = failingCondition(conditions) as Condition;
  const reason = shorten(wordsOf(failing.reason), 40);
  if (failing.status === 'Unknown')
    return phase === 'new' ? say('waiting', `not callable yet: ${reason}`) : say('unknown', `not known: ${reason}`);
  return phase === 'new'
    ? say('bad', `not callable: ${reason}`)
    : say('bad', `broken since ${sayDay(Date.parse(failing.lastTransitionTime), now)}`);
}

export const unknownBadge: BadgeWords = { label: 'callable', message: 'unknown', tone: 'unknown', freshMs: minuteMs };
export const yankedBadge: BadgeWords = { label: 'callable', message: 'yanked', tone: 'bad', freshMs: minuteMs };

/** How long ago, and how long these words stay true; null when it is so long ago that it says nothing of today. */
function sayAge(ms: number): { text: string; freshMs: number } | null {
  const until = (unit: number) => Math.min(freshAtMostMs, unit - (ms % unit));
  if (ms < minuteMs) return { text: 'just now', freshMs: until(minuteMs) };
  if (ms < hourMs) return { text: `${Math.floor(ms / minuteMs)} min ago`, freshMs: until(minuteMs) };
  if (ms < dayMs) return { text: `${Math.floor(ms / hourMs)} h ago`, freshMs: until(hourMs) };
  const days = Math.floor(ms / dayMs);
  return days > 30 ? null : { text: `${days} ${days === 1 ? 'day' : 'days'} ago`, freshMs: until(dayMs) };
}

/** A day as a reader of a badge writes it, in UTC; of another year with the year. */
function sayDay(at: number, now: number): string {
  const year = new Date(at).getUTCFullYear() === new Date(now).getUTCFullYear() ? {} : { year: 'numeric' as const };
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', ...year, timeZone: 'UTC' }).format(at);
}

/** `NoNodeHoldsModel` as words: nodes may send one that no table here has. */
const wordsOf = (reason: string) => reason.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

const shorten = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}\u2026` : text);
