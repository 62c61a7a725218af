import type { Output } from '../context/cli-context.ts';
import { type Colour, paint } from './paint.ts';
import { wrapText } from './wrap-text.ts';

const labelWidth = 12;
const indent = '    ';

/** Lines wrapped to the terminal; on a pipe each text is one line, so that grep works. */
export function openRows(output: Pick<Output, 'colours' | 'isTerminal' | 'columns'>) {
  const lines: string[] = [];
  const wrap = (text: string, taken: number) =>
    wrapText(text, output.isTerminal ? Math.max(20, output.columns() - taken - 1) : Number.POSITIVE_INFINITY);
  const coloured = (text: string, colour?: Colour) => (colour ? paint(output, colour, text) : text);
  return {
    lines,
    /** A label with its text beside it. */
    add(label: string, text: string, colour?: Colour) {
      for (const [index, line] of wrap(text, labelWidth + 3).entries()) {
        const name = index === 0 ? paint(output, 'bold', label.padEnd(labelWidth)) : ' '.repeat(labelWidth);
        lines.push(`  ${name} ${coloured(line, colour)}`);
      }
    },
    /** A label with what must stay on one line, its spaces as they are. */
    line(label: string, text: string) {
      lines.push(`  ${paint(output, 'bold', label.padEnd(labelWidth))} ${text}`);
    },
    /** Text below what stands above it. */
    below(text: string, colour?: Colour) {
      for (const line of wrap(text, indent.length)) lines.push(`${indent}${coloured(line, colour)}`);
    },
  };
}
export type Rows = ReturnType<typeof openRows>;
