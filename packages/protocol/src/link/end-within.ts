/**
 * Ends when one of the signals does, or after so many milliseconds.
 *
 * attack: `AbortSignal.any` holds its sources weakly, and in Node 20 an `AbortSignal.timeout` that nobody else holds is collected with
 * its timer: the first garbage collection took the deadline away, and a peer that dripped held its fetch up for ever. A
 * listener of its own keeps it.
 */
export function endWithin(ms: number, ...signals: readonly AbortSignal[]): AbortSignal {
  const time = AbortSignal.timeout(ms);
  time.addEventListener('abort', () => undefined, { once: true });
  return AbortSignal.any([...signals, time]);
}
