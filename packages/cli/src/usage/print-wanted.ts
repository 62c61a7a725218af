import type { WantedList } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatBytes } from '../terminal/format-bytes.ts';

/** What was asked for and nothing could answer: what it takes to run it, and why nobody does. */
export function printWanted(context: Pick<CliContext, 'out' | 'err'>, { wanted }: WantedList): void {
  if (wanted.length === 0)
    context.err.write('Nothing was asked for by more than one network that could not be called.\n');
  for (const { reference, networks, calls, memoryBytes, bytes, reason, next } of wanted) {
    context.out.write(
      `${cleanText(reference, 160)}  asked for by ${networks} networks, ${calls} calls  ` +
        `${formatBytes(bytes)}, needs ${formatBytes(memoryBytes)} of memory  ${cleanText(reason, 60)}\n`,
    );
    if (next) context.out.write(`  ${cleanText(next, 300)}\n`);
  }
}
