import type { ReleaseView } from '@callable/protocol';
import type { Output } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { openRows } from '../terminal/open-rows.ts';
import { paint } from '../terminal/paint.ts';
import { addBlobs } from './add-blobs.ts';
import { addCondition } from './add-condition.ts';
import { addDocumented } from './add-documented.ts';
import { addLabels } from './add-labels.ts';
import { addNotices } from './add-notices.ts';
import { addQueue } from './add-queue.ts';
import { addTruth } from './add-truth.ts';
import { addVerification } from './add-verification.ts';

type StatusOutput = Pick<Output, 'colours' | 'isTerminal' | 'columns'>;

/**
 * Everything a hub knows of a release, as lines: the notices first, since they change what one does with the rest, then
 * the five conditions in order, who checked it, and what others say. `hub` is where reasons and statements are read.
 */
export function formatStatus(
  view: ReleaseView,
  output: StatusOutput,
  { now, hub }: { now: number; hub: string },
): string[] {
  const rows = openRows(output);
  rows.lines.push(paint(output, 'bold', cleanText(view.reference)), `  ${paint(output, 'dim', view.digest)}`);
  rows.lines.push(`  ${standingOf(view, output)}`);
  if (view.alias) rows.add('alias', `${cleanText(view.alias)} means this release`);
  addNotices(rows, view, now);
  rows.lines.push('');
  for (const condition of view.conditions) addCondition(rows, condition, output, { now, hub });
  addQueue(rows, view.queue ?? [], now);
  addTruth(rows, view);
  addDocumented(rows, view);
  addVerification(rows, view, now);
  if (view.lastWorking) rows.add('last working', cleanText(view.lastWorking.reference), 'green');
  addLabels(rows, view.labels ?? [], now);
  addBlobs(rows, view.blobs ?? []);
  return rows.lines;
}

function standingOf({ callable, notices }: ReleaseView, output: StatusOutput): string {
  if (notices?.refused?.scopes.includes('calls')) return paint(output, 'red', 'refused by this hub');
  if (!callable) return paint(output, 'yellow', 'not callable');
  return notices?.yanked ? paint(output, 'yellow', 'callable by its digest only') : paint(output, 'green', 'callable');
}
