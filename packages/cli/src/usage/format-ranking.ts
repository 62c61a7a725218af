import type { RankingOrder, RankingView } from '@callable/protocol';
import type { CliContext, Output } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { countOf } from '../terminal/count-of.ts';
import { formatBar } from '../terminal/format-bar.ts';
import { formatDay } from '../terminal/format-day.ts';
import { openRows } from '../terminal/open-rows.ts';
import { addExcluded } from './add-excluded.ts';
import { formatWeight } from './format-weight.ts';

type Ranked = RankingView['ranked'][number];
const barWidth = 8;
const gap = '  ';

/** Who is used, in the order of the hub. No number of releases stands here without the number that is used. */
export function formatRanking({ out }: Pick<CliContext, 'out'>, ranking: RankingView): string[] {
  const rows = openRows(out);
  const { ranked, kind, by, used, all } = ranking;
  rows.lines.push(...(ranked.length === 0 ? [] : [...tableOf(out, ranking), '']));
  rows.add(
    'used',
    `${used} of ${countOf(all, kind)} ${used === 1 ? 'was' : 'were'} used by somebody independent in these days`,
  );
  if (ranked.length === 0) rows.add('', emptyBecause(ranking));
  addExcluded(rows, ranking.excluded);
  rows.add('formula', cleanText(ranking.formula, 400));
  rows.add('as of', `${ranking.asOf.size} entries of the log; calls beside the first ${ranking.asOf.counted}`);
  const title = `${orders[by]} · ${kind}s · ${formatDay(ranking.from)} to ${formatDay(ranking.until)}, UTC`;
  return [title, ...rows.lines];
}

const orders: Record<RankingOrder, string> = {
  use: 'By independent use',
  rising: 'Rising: independent use above the mean of three weeks before',
  success: 'By success',
};

/** A new network trusts nobody on its first day, which looks like a fault to whoever has just called. */
function emptyBecause({ kind, by }: RankingView): string {
  if (by === 'rising') return `No ${kind} is used more than in the weeks before.`;
  if (by === 'success')
    return `No ${kind} was called by independent callers often enough (ten times in these days) for its success to say anything.`;
  return [
    `No ${kind} has a place yet: a key weighs nothing on the first day (UTC) on which it calls, a seventh on the second, all after seven.`,
    'The first places come on the day after the first signed call, when such a key calls again and is neither publisher nor operator.',
  ].join(' ');
}

/** Beside the names where there is room, below them where there is less, as words where there is hardly any. */
function tableOf(out: Output, { ranked, by, kind }: RankingView): string[] {
  const columns = columnsOf(by);
  const widths = columns.map(({ head, cell }) => Math.max(head.length, ...ranked.map((row) => cell(row).length)));
  const places = Math.max(...ranked.map(({ place }) => `${place}`.length));
  const names = ranked.map(({ name, id }) => cleanText(name ?? id, 160));
  const longest = Math.max(kind.length, ...names.map((name) => [...name].length));
  const numbers = (texts: readonly string[]) => texts.map((text, at) => text.padStart(widths[at] ?? 0)).join(gap);
  const most = Math.max(1, ...ranked.map((row) => barOf(row, by)));
  const bar = (row: Ranked) => formatBar(barOf(row, by) / most, barWidth, out.blocks);
  const figures = barWidth + 2 + gap.length + numbers(columns.map(({ head }) => head)).length;
  const room = out.isTerminal ? out.columns() - 1 : Number.POSITIVE_INFINITY;
  const head = `${' '.repeat(barWidth + 2)}${gap}${numbers(columns.map((column) => column.head))}`;
  const figuresOf = (row: Ranked) => `${bar(row)}${gap}${numbers(columns.map(({ cell }) => cell(row)))}`;
  const lead = (text: string) => `  ${text.padStart(places)}${gap}`;
  const named = (row: Ranked, at: number) => `${lead(`${row.place}`)}${names[at]}`;
  if (lead('').length + longest + gap.length + figures <= room)
    return [
      `${lead('')}${' '.repeat(longest)}${gap}${head}`,
      ...ranked.map((row, at) => {
        const padding = ' '.repeat(longest - [...(names[at] ?? '')].length);
        return `${named(row, at)}${padding}${gap}${figuresOf(row)}`;
      }),
    ];
  const cut = (line: string) => ([...line].length > room ? `${[...line].slice(0, room - 1).join('')}…` : line);
  if (lead('').length + figures <= room)
    return [
      `${lead('')}${head}`,
      ...ranked.flatMap((row, at) => [cut(named(row, at)), `${lead('')}${figuresOf(row)}`]),
    ];
  return ranked.flatMap((row, at) => [
    cut(named(row, at)),
    `${lead('')}${bar(row)}`,
    ...columns.map(({ head: word, cell }) => `${lead('')}${word.padEnd(10)}${cell(row).padStart(Math.max(...widths))}`),
  ]);
}

const barOf = ({ weight, before, success }: Ranked, by: RankingOrder) =>
  by === 'use' ? weight : by === 'rising' ? Math.max(0, weight - before) : (success ?? 0);

/** Trusted first; evidenced and claimed stand beside it, never added to it. */
const columnsOf = (by: RankingOrder): { head: string; cell: (row: Ranked) => string }[] => [
  { head: 'trusted', cell: ({ weight }) => formatWeight(weight) },
  ...(by === 'rising' ? [{ head: 'before', cell: ({ before }: Ranked) => formatWeight(before) }] : []),
  { head: 'relied on', cell: ({ relied }) => `${relied}` },
  { head: 'success', cell: ({ success }) => (success === null ? 'none' : `${(success / 10).toFixed(1)} %`) },
  { head: 'evidenced', cell: ({ evidenced }) => `${evidenced}` },
  { head: 'claimed', cell: ({ claimed }) => `${claimed}` },
];
