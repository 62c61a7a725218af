/**
 * A PostgreSQL `bigint` as a number.
 *
 * Counters, sizes and milliseconds fit; a silently rounded one would not be noticed. Money is `numeric` and stays text.
 *
 * @throws RangeError beyond ±(2^53 − 1).
 */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('A bigint from the database is too large for a number.');
  return value;
}
