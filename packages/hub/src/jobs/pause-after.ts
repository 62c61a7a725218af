/** After so many attempts a node's task is given up until it has rested; whoever needs it enqueues it anew. */
export const maxAttempts = 8;
/** How long a task that was given up rests before it may be tried once more, milliseconds. */
export const restMs = 10 * 60_000;

export const firstPauseMs = 1000;
export const longestPauseMs = 10 * 60_000;

/** Each accident is followed by a longer pause, milliseconds. */
export const pauseAfter = (attempts: number) => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts, 20));
