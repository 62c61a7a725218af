import type { NodeView } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { openRows } from '../terminal/open-rows.ts';

/** A row for each node, and what it runs into below. What nodes say of themselves is a stranger's text. */
export function formatNodes(
  out: CliContext['out'],
  nodes: readonly NodeView[],
  { away, isCut }: { away: number; isCut: boolean },
): string[] {
  const rows = openRows(out);
  for (const node of nodes) {
    rows.add(node.connected ? 'connected' : 'away', describeNode(node));
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
  return rows.lines;
}

const describeNode = ({ node, operator, software, holdings, slots, announcement, reliability, standing }: NodeView) =>
  [
    node,
    ...(standing ? [standingWords[standing.class](standing.confirmed)] : []),
    cleanText(software, 60),
    `${holdings} releases`,
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
