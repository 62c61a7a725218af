import type { Output } from '../context/cli-context.ts';

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Colour = keyof typeof codes;

/** Text in a colour where the output shows colours. */
export function paint(output: Pick<Output, 'colours'>, colour: Colour, text: string): string {
  return output.colours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}
