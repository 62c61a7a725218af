import type { BackupProgress } from '@callable/local/maintenance';
import type { CliContext } from '../context/cli-context.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { formatProgress } from '../terminal/format-progress.ts';
import { openLiveBlock } from '../terminal/live-block.ts';

const betweenDrawsMs = 100;

/** Shows how far a backup is: a line that moves on a terminal, one line for each step elsewhere. */
export function followBackup({ err, clock }: Pick<CliContext, 'err' | 'clock'>) {
  const block = openLiveBlock(err);
  let step = '';
  let began = clock();
  let drawn = 0;
  const onProgress = (progress: BackupProgress) => {
    const now = clock();
    if (progress.step !== step) {
      step = progress.step;
      began = now;
      drawn = 0;
      if (!err.isTerminal) err.write(`${step}${progress.total === null ? '' : ` ${formatBytes(progress.total)}`} …\n`);
    }
    if (now - drawn < betweenDrawsMs) return;
    drawn = now;
    const { done, total } = progress;
    block.draw([
      total === null
        ? `${step} ${formatBytes(done)}`
        : formatProgress({ name: step, done, total, alreadyThere: 0, elapsedMs: now - began }, err.columns()),
    ]);
  };
  return { onProgress, end: () => block.clear() };
}
