/** The last segment of an address without the ending that says in which form it is wanted; null for any other ending. */
export function splitEnding<Ending extends string>(
  segment: string,
  endings: readonly Ending[],
): { stem: string; ending: Ending | null } {
  const ending = endings.find((one) => segment.endsWith(`.${one}`)) ?? null;
  return { stem: ending === null ? segment : segment.slice(0, -ending.length - 1), ending };
}
