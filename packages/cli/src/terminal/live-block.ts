import type { Output } from '../context/cli-context.ts';

/** Some last lines of a terminal that change in place; on a pipe nothing is drawn and only `print` is seen. */
export type LiveBlock = {
  /** Replaces the block. On a pipe it does nothing. */
  draw(lines: readonly string[]): void;
  /** Puts a line above the block, for good. */
  print(line: string): void;
  /** Leaves the block as it stands; what follows goes below it. */
  settle(): void;
  /** Takes the block away. */
  clear(): void;
};

export function openLiveBlock(output: Output): LiveBlock {
  let drawn: readonly string[] = [];
  const wipe = () => {
    if (drawn.length > 0) output.write(`\u001b[${drawn.length}A\u001b[J`);
  };
  const redraw = (lines: readonly string[]) => {
    // A line that wraps would be counted wrongly and the block would climb: cut it.
    // One that is taller than the screen has scrolled away and cannot be wiped.
    const room = Math.max(1, output.rows() - 1);
    const shown = lines.length > room ? [...lines.slice(0, room - 1), '  …'] : lines;
    drawn = shown.map((line) => cut(line, output.columns() - 1));
    output.write(drawn.map((line) => `${line}\n`).join(''));
  };
  return {
    draw(lines) {
      if (!output.isTerminal) return;
      wipe();
      redraw(lines);
    },
    print(line) {
      wipe();
      output.write(`${line}\n`);
      if (drawn.length > 0) redraw(drawn);
    },
    settle() {
      drawn = [];
    },
    clear() {
      wipe();
      drawn = [];
    },
  };
}

/** The first `width` visible characters; colour codes take no room. */
function cut(line: string, width: number): string {
  let room = Math.max(0, width);
  let out = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colour codes.
  for (const piece of line.split(/(\u001b\[\d+m)/)) {
    if (piece.startsWith('\u001b')) out += piece;
    else {
      const shown = [...piece].slice(0, room).join('');
      room -= [...shown].length;
      out += shown;
    }
  }
  return out;
}
