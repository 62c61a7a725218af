import type { LabelView } from '@callable/protocol';
import { cleanText } from '../terminal/clean-text.ts';
import { formatAge } from '../terminal/format-age.ts';
import type { Rows } from '../terminal/open-rows.ts';

const mostShown = 12;

/** Who says what; those this hub does not follow are shown and told apart. */
export function addLabels(rows: Rows, labels: readonly LabelView[], now: number): void {
  for (const { label, by, note, since, followed } of labels.slice(0, mostShown)) {
    const why = note.trim() === '' ? '' : `: ${cleanText(note, 300)}`;
    const whose = followed ? '' : ' (not followed by this hub)';
    rows.add(
      'label',
      `${cleanText(label, 60)} by ${by}${whose}, ${formatAge(since, now)} ago${why}`,
      followed ? 'cyan' : 'dim',
    );
  }
  if (labels.length > mostShown) rows.below(`and ${labels.length - mostShown} more labels: --json shows them`, 'dim');
}
