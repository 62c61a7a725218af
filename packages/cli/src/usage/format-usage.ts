import { dayMs, type UsageDay, type UsageView } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { countOf } from '../terminal/count-of.ts';
import { formatDay } from '../terminal/format-day.ts';
import { openRows } from '../terminal/open-rows.ts';
import { paint } from '../terminal/paint.ts';
import { wrapText } from '../terminal/wrap-text.ts';
import { addExcluded } from './add-excluded.ts';
import { addPlot } from './add-plot.ts';
import { formatWeight } from './format-weight.ts';

export function formatUsage({ out }: Pick<CliContext, 'out'>, usage: UsageView): string[] {
  const rows = openRows(out);
  const { claimed, evidenced, trusted, relied, outcomes, callers, failed, cut, asOf, costToForge } = usage;
  rows.add('claimed', `${countOf(claimed, 'answer')} reported`);
  rows.add('evidenced', `${evidenced} of them signed by their caller`);
  rows.add(
    'trusted',
    `${formatWeight(trusted.weight)}: ${countOf(trusted.calls, 'call')} of ${countOf(trusted.callers, 'caller')}`,
  );
  rows.add(
    'relied on',
    `${countOf(relied.trusted, 'time')} by ${countOf(relied.callers, 'caller')} (${relied.evidenced} signed)`,
  );
  rows.add('outcomes', describeOutcomes(outcomes));
  rows.add('callers', describeCallers(callers));
  addExcluded(rows, usage.excluded);
  if (failed + cut > 0) rows.add('no answer', `${failed} failed, ${cut} ended early`);
  rows.lines.push('');
  const plot = (label: string, pick: (day: UsageDay) => number, write: (value: number) => string) =>
    addPlot(
      rows,
      out,
      label,
      usage.days.map((day) => ({ day: day.day, value: pick(day) })),
      { from: usage.from, until: usage.until, write },
    );
  plot('claimed', (day) => day.claimed, String);
  plot('evidenced', (day) => day.evidenced, String);
  plot('trusted', (day) => day.weight, formatWeight);
  plot('relied on', (day) => day.relied, String);
  rows.lines.push('');
  rows.add('formula', cleanText(usage.formula, 400));
  rows.add('to forge', cleanText(costToForge.sentence, 400));
  rows.add('as of', `${asOf.size} entries of the log; calls beside the first ${asOf.counted}`);
  const first = usage.kind === 'network' ? reliedYesterday(usage) : null;
  return [
    ...(first === null ? [] : [paint(out, 'bold', first)]),
    ...wrapText(
      `${titleOf(usage)} · ${formatDay(usage.from)} to ${formatDay(usage.until)}, UTC`,
      out.isTerminal ? Math.max(20, out.columns() - 1) : Number.POSITIVE_INFINITY,
    ),
    ...rows.lines,
  ];
}

/** Yesterday is the last day that is over. Null where the days asked for do not hold it: nothing is known of it then. */
function reliedYesterday({ from, until, days }: UsageView): string | null {
  const yesterday = until - dayMs;
  if (from > yesterday) return null;
  const { relied, reliers } = days.find(({ day }) => day === yesterday) ?? { relied: 0, reliers: 0 };
  return `Decisions relied on yesterday: ${relied}, by ${countOf(reliers, 'independent caller')}`;
}

function titleOf({ kind, id, name }: UsageView): string {
  if (kind === 'network') return 'The whole network';
  const known = cleanText(name ?? id, 300);
  return kind === 'release' ? known : `${kind === 'node' ? 'Node' : 'Publisher'} ${known}`;
}

function describeOutcomes({ evidenced, trusted, callers }: UsageView['outcomes']): string {
  const all = evidenced.right + evidenced.wrong;
  if (all === 0) return 'none reported';
  const within = trusted.right + trusted.wrong;
  return `of ${countOf(within, 'outcome')} reported by ${countOf(callers, 'caller')}, ${trusted.right} right (of ${all} signed, ${evidenced.right} right)`;
}

function describeCallers({ independent, medianAgeDays, largestShare }: UsageView['callers']): string {
  if (medianAgeDays === null || largestShare === null) return 'nobody independent';
  return `${independent} independent, half of them ${countOf(medianAgeDays, 'day')} or younger; the busiest has ${largestShare / 10} % of their calls`;
}
