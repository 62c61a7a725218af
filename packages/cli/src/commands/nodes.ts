import type { NodeView } from '@callable/protocol';
import { listNodes } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { exitCodes } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatJson } from '../terminal/format-json.ts';
import { openRows } from '../terminal/open-rows.ts';

export const nodesCommand: Command = {
  name: 'nodes',
  positionals: [],
  summary: 'Lists the nodes of a hub: who is connected, what they hold, and what they run into.',
  details: 'Those seen last come first. Of many nodes the first page is shown; --json says where the next begins.',
  options: {
    hub: sharedOptions.hub,
    all: { help: 'also nodes that are not connected' },
    json: sharedOptions.json,
  },
  examples: ['callable nodes', 'callable nodes --all --json'],
  async run(context, given) {
    const client = connectHub(context, locateHub(context, given), null);
    const { nodes, next } = await listNodes(client, { signal: context.signal });
    const shown = nodes.filter(({ connected }) => connected || given.flag('all'));
    if (given.flag('json')) context.out.write(`${formatJson({ nodes: shown, next })}\n`);
    else context.out.write(`${formatNodes(context, shown, nodes.length - shown.length, next !== null).join('\n')}\n`);
    return exitCodes.done;
  },
};

function formatNodes(context: CliContext, nodes: readonly NodeView[], away: number, isCut: boolean): string[] {
  const rows = openRows(context.out);
  for (const node of nodes) {
    rows.add(node.connected ? 'connected' : 'away', describeNode(node));
    if (node.convicted) rows.add('', `caught lying: ${cleanText(node.convicted.message, 200)}`);
    for (const { code, message } of node.announcement?.troubles ?? [])
      rows.add('', `${cleanText(code, 60)}: ${cleanText(message, 300)}`);
  }
  if (nodes.length === 0) rows.add('nodes', 'none is connected');
  if (away > 0) rows.add('', `${away} more are not connected (--all)`);
  if (isCut) rows.add('', 'and more on the next page (--json)');
  return rows.lines;
}

const describeNode = ({ node, operator, software, holdings, slots, announcement, reliability }: NodeView) =>
  [
    node,
    cleanText(software, 60),
    `${holdings} releases`,
    `${announcement?.slots.used ?? 0} of ${slots} slots used`,
    `right in ${Math.round(reliability.atLeast * 100)} % at least, by ${reliability.audits} audits`,
    ...(operator === node ? [] : [`of ${operator}`]),
    ...(announcement?.draining ? ['leaving'] : []),
  ].join(' · ');
