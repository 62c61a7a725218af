import type { NodeView, RankingView } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { countOf } from '../terminal/count-of.ts';
import { formatBar } from '../terminal/format-bar.ts';
import { openRows } from '../terminal/open-rows.ts';
import { formatWeight } from '../usage/format-weight.ts';

/** A row for each node, and what it runs into below. What nodes say of themselves is a stranger's text. */
export function formatNodes(
  out: CliContext['out'],
  nodes: readonly NodeView[],
  { away, isCut, use }: { away: number; isCut: boolean; use?: RankingView | null },
): string[] {
  const rows = openRows(out);
  const used = new Map(use?.ranked.map((row) => [row.id, row]));
  const most = Math.max(1, ...(use?.ranked.map(({ weight }) => weight) ?? []));
  for (const node of nodes) {
    rows.add(node.connected ? 'connected' : 'away', describeNode(node));
    const row = used.get(node.node);
    if (row) {
      rows.line('', formatBar(row.weight / most, barWidth, out.blocks));
      rows.add('', describeUse(row));
    }
    if (node.convicted) rows.add('', `caught lying: ${cleanText(node.convicted.message, 200)}`);
    if (node.gaps)
      rows.add(
        '',
        `${node.gaps} places where its receipts are missing or no chain (callable nodes --gaps ${node.node})`,
      );
    for (const { code, message } of node.announcement?.troubles ?? [])
      rows.add('', `${cleanText(code, 60)}: ${cleanText(message, 300)}`);
  }
  if (nodes.length === 0) rows.add('nodes', 'none is connected');
  if (away > 0) rows.add('', `${away} more are not connected (--all)`);
  if (isCut) rows.add('', 'and more on the next page (--json)');
  // How many there are says nothing of whether anybody needs them.
  if (use)
    rows.add(
      'used',
      `${use.used} of ${countOf(use.all, 'node')} by somebody independent in 7 days (callable top --nodes)`,
    );
  return rows.lines;
}

const barWidth = 20;

const describeUse = ({ weight, relied, evidenced, claimed, success }: RankingView['ranked'][number]) =>
  [
    `trusted ${formatWeight(weight)}`,
    `relied on ${countOf(relied, 'time')}`,
    ...(success === null ? [] : [`${(success / 10).toFixed(1)} % answered`]),
    `${evidenced} evidenced`,
    `${claimed} claimed, in 7 days`,
  ].join(' · ');

const describeNode = ({ node, operator, software, holdings, slots, announcement, reliability, standing }: NodeView) =>
  [
    node,
    ...(standing ? [standingWords[standing.class](standing.confirmed)] : []),
    cleanText(software, 60),
    `holds ${countOf(holdings, 'release')}`,
    `${announcement?.slots.used ?? 0} of ${slots} slots used`,
    // Without audits the bound is that of knowing nothing, which reads like an accusation.
    reliability.audits === 0
      ? 'not audited yet'
      : `right in ${Math.round(reliability.atLeast * 100)} % at least, by ${reliability.audits} audits`,
    ...(operator === node ? [] : [`of ${operator}`]),
    ...(announcement?.draining ? ['leaving'] : []),
  ].join(' · ');

const standingWords: Record<NonNullable<NodeView['standing']>['class'], (confirmed: number) => string> = {
  seed: () => 'seed',
  standing: (confirmed) => `of standing, ${confirmed} comparisons confirmed it`,
  newcomer: (confirmed) => (confirmed === 0 ? 'newcomer' : `newcomer, ${confirmed} comparisons confirmed it`),
  convicted: () => 'convicted',
};
