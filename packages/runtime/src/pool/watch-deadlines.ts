/** Something that ends by itself at a time of the clock, milliseconds. */
export type Dated = { readonly deadlineAt: number; expire(): void };

/** Ends what is late. One timer for all: calls come and go in microseconds, and their deadlines are seconds away. */
export type Deadlines = {
  add(entry: Dated): void;
  remove(entry: Dated): void;
};

/** Node fires a timer beyond this at once. */
export const longestTimerMs = 2 ** 31 - 1;

/**
 * The timer is set for the earliest deadline there was when it was set; an entry that is removed leaves it as it is. When it
 * fires, all that are late are ended and it is set anew: so thousands of calls a second, each with its deadline, set one now
 * and then.
 */
export function watchDeadlines(clock: () => number): Deadlines {
  const entries = new Set<Dated>();
  let timer: NodeJS.Timeout | undefined;
  let firesAt = Number.POSITIVE_INFINITY;

  function set(at: number, now: number): void {
    clearTimeout(timer);
    firesAt = at;
    // A millisecond more: a timer may fire that much too early, and would be set again for nothing.
    timer = setTimeout(fire, Math.min(Math.max(0, at - now) + 1, longestTimerMs));
    // What is waited for keeps the process alive; the end of a wait that is over must not.
    timer.unref();
  }

  function fire(): void {
    firesAt = Number.POSITIVE_INFINITY;
    const now = clock();
    for (const entry of entries) if (entry.deadlineAt <= now && entries.delete(entry)) entry.expire();
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineAt } of entries) next = Math.min(next, deadlineAt);
    if (next < firesAt) set(next, now);
  }

  return {
    add(entry) {
      entries.add(entry);
      if (entry.deadlineAt < firesAt) set(entry.deadlineAt, clock());
    },
    remove: (entry) => void entries.delete(entry),
  };
}
