/** `place` is `hub`, or the base URL of a gateway. `why` is for people. */
export type PresenceEvent =
  | { kind: 'away'; place: string; why: string }
  | { kind: 'back'; place: string; awayMs: number };

/** One of those who ask at a place. */
export type Asker = {
  /** It was not answered. Whether somebody hears of it: where nobody does, who asks says so in the log. */
  away(why: string): boolean;
  /** It was answered. */
  there(): void;
};

export type Presence = { askAt(place: string): Asker };

/**
 * Says once that a place is away and once that it is back, however many ask there and however often. It is back when all who
 * were not answered were: a hub without room takes no reports and gives out tasks, which would be news each time.
 */
export function createPresence(clock: () => number, onEvent?: (event: PresenceEvent) => void): Presence {
  const missed = new Map<string, { since: number; by: Set<Asker> }>();
  return {
    askAt(place) {
      const asker: Asker = {
        away(why) {
          if (!onEvent) return false;
          const known = missed.get(place);
          if (known) known.by.add(asker);
          else {
            missed.set(place, { since: clock(), by: new Set([asker]) });
            onEvent({ kind: 'away', place, why });
          }
          return true;
        },
        there() {
          const known = missed.get(place);
          if (!known?.by.delete(asker) || known.by.size > 0) return;
          missed.delete(place);
          onEvent?.({ kind: 'back', place, awayMs: clock() - known.since });
        },
      };
      return asker;
    },
  };
}
