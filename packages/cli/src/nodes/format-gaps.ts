import type { GapList } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { openRows } from '../terminal/open-rows.ts';

/** What is missing of the receipts of a node, a row for each place, below the session it is in. */
export function formatGaps(out: CliContext['out'], { gaps, next }: GapList): string[] {
  const rows = openRows(out);
  let session = '';
  for (const gap of gaps) {
    if (gap.session !== session) rows.add('session', `${gap.session}, to gateway ${gap.gateway}`);
    session = gap.session;
    const { kind, first, count, foundAt } = gap;
    const numbers = count === 1 ? String(first) : `${first} to ${first + count - 1}`;
    const what = kind === 'broken' ? `the header that begins with ${first} names another before it` : numbers;
    rows.add(kind, `${what}, since ${foundAt}`);
  }
  if (gaps.length === 0) rows.add('gaps', 'none: every number that was reported follows the one before it');
  else rows.below('Node, gateway or hub may have lost them, or they are on their way: no signature says which.');
  if (next !== null) rows.add('', 'and more on the next page (--json)');
  return rows.lines;
}
