import { type Condition, type ConditionType, type EventKind, isCallable, type ReleaseState } from '@callable/protocol';

/** What of a release has been told. */
export type Watch = {
  phase: 'new' | 'callable' | 'broken';
  reached: readonly ConditionType[];
  firstCall: boolean;
};

export type NewEvent = {
  kind: EventKind;
  at: number;
  condition: ConditionType | null;
  reason: string | null;
  /** What tells it from others of its kind about the release. Without a time it happens once. */
  once: readonly (string | number)[];
};

/**
 * What became of a release since it was looked at last, by its conditions now. It broke when something that a call depends
 * on is False after it was callable; a check that is late says nothing of it, so it neither breaks nor mends anything.
 */
export function deriveEvents(
  before: Watch | null,
  conditions: readonly Condition[],
  publishedAt: number,
): { events: NewEvent[]; watch: Watch } {
  const { phase, reached, firstCall } = before ?? { phase: 'new', reached: [], firstCall: false };
  const published = before ? [] : [event('release.published', publishedAt)];
  const fresh = conditions.filter(({ type, status }) => status === 'True' && !reached.includes(type));
  const used = conditions.find(({ reason, status }) => status === 'True' && reason === 'CalledIndependently');
  const isFirst = used !== undefined && !firstCall;
  const turned = deriveTurn(phase, conditions);
  return {
    events: [
      ...published,
      ...fresh.map((one) => event('release.reached', since(one), one, [one.type])),
      ...(isFirst ? [event('release.first_call', Date.parse(used.lastCheckTime ?? used.lastTransitionTime))] : []),
      ...turned.events,
    ],
    watch: {
      phase: turned.phase,
      reached: [...reached, ...fresh.map(({ type }) => type)],
      firstCall: firstCall || isFirst,
    },
  };
}

function deriveTurn(
  phase: Watch['phase'],
  conditions: readonly Condition[],
): Pick<Watch, 'phase'> & { events: NewEvent[] } {
  const path = conditions.filter(({ type }) => type !== 'Worked');
  if (isCallable(conditions)) {
    const at = Math.max(...path.map(since));
    return { phase: 'callable', events: phase === 'broken' ? [event('release.recovered', at, null, [at])] : [] };
  }
  const failing = path.find(({ status }) => status === 'False');
  if (phase !== 'callable' || !failing) return { phase, events: [] };
  return { phase: 'broken', events: [event('release.broke', since(failing), failing, [since(failing)])] };
}

const event = (
  kind: EventKind,
  at: number,
  condition: Condition | null = null,
  once: NewEvent['once'] = [],
): NewEvent => ({ kind, at, condition: condition?.type ?? null, reason: condition?.reason ?? null, once });

const since = ({ lastTransitionTime }: Condition) => Date.parse(lastTransitionTime);

/** When a release changes although nobody says anything: what is kept only until a time ends then. */
export function nextLook({ tracks }: ReleaseState, now: number): number | null {
  const ends = Object.values(tracks).flatMap(({ endsAt }) => (endsAt !== undefined && endsAt > now ? [endsAt] : []));
  return ends.length === 0 ? null : Math.min(...ends);
}
