import type { Output } from '../context/cli-context.ts';
import { type Colour, paint } from './paint.ts';
import { wrapText } from './wrap-text.ts';

const labelWidth = 12;

/** Lines of a label and a text beside it, wrapped to the terminal; on a pipe each text is one line, so that grep works. */
export function openRows(output: Pick<Output, 'colours' | 'isTerminal' | 'columns'>) {
  const lines: string[] = [];
  const room = output.isTerminal ? Math.max(20, output.columns() - labelWidth - 4) : Number.POSITIVE_INFINITY;
  return {
    lines,
    add(label: string, text: string, colour?: Colour) {
      for (const [index, line] of wrapText(text, room).entries()) {
        const name = index === 0 ? paint(output, 'bold', label.padEnd(labelWidth)) : ' '.repeat(labelWidth);
        lines.push(`  ${name} ${colour ? paint(output, colour, line) : line}`);
      }
    },
  };
}
export type Rows = ReturnType<typeof openRows>;
