import type { ReleaseView } from '@callable/protocol';
import type { Output } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatCondition } from '../terminal/format-conditions.ts';
import { openRows } from '../terminal/open-rows.ts';
import { addLabels } from './add-labels.ts';
import { addNotices } from './add-notices.ts';

/** What is different since the last view, a line for each: for logs and pipes. */
export function changedLines(
  before: ReleaseView,
  view: ReleaseView,
  output: Pick<Output, 'colours' | 'isTerminal' | 'columns'>,
  now: number,
): string[] {
  const rows = openRows(output);
  if (JSON.stringify(before.notices) !== JSON.stringify(view.notices)) {
    addNotices(rows, view, now);
    if (rows.lines.length === 0) rows.add('notices', 'all taken back');
  }
  if (JSON.stringify(before.labels) !== JSON.stringify(view.labels)) {
    const known = new Set(before.labels?.map(({ statement }) => statement));
    addLabels(
      rows,
      (view.labels ?? []).filter(({ statement }) => !known.has(statement)),
      now,
    );
  }
  for (const condition of view.conditions) {
    const old = before.conditions.find(({ type }) => type === condition.type);
    if (old?.status === condition.status && old.reason === condition.reason) continue;
    rows.lines.push(formatCondition(condition, output, now));
  }
  if (before.callable !== view.callable)
    rows.add('now', `${cleanText(view.reference)} is ${view.callable ? '' : 'not '}callable`);
  return rows.lines;
}
