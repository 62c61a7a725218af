/** Widths of the letters of Verdana at 11 px, which the widest fallback of a badge has; what is not here is taken as wide. */
const widths: readonly (readonly [letters: string, px: number])[] = [
  ["ijl'|", 3.1],
  ['I.,:;!()[]/ ft', 4.6],
  ['rJ-"*', 5],
  ['csz', 5.7],
  ['aehkbdgnopquvxyLEFS_?', 6.9],
  ['0123456789TYPBXK$', 7.1],
  ['ACDGHNOQRUVZ&+<>=#~^', 8.7],
  ['wM@W%m', 11],
];
const widest = 11;
const widthOf = new Map(widths.flatMap(([letters, px]) => [...letters].map((letter) => [letter, px] as const)));

/** How wide a text is drawn, in pixels. The badge has it drawn in exactly this width, whatever font there is. */
export const measureText = (text: string): number =>
  Math.ceil([...text].reduce((sum, letter) => sum + (widthOf.get(letter) ?? widest), 0));
