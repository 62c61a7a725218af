import { parseAddress } from '@callable/protocol';
import { listGaps, listNodes } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { formatGaps } from '../nodes/format-gaps.ts';
import { formatNodes } from '../nodes/format-nodes.ts';
import { formatJson } from '../terminal/format-json.ts';

export const nodesCommand: Command = {
  name: 'nodes',
  positionals: [],
  summary: 'Lists the nodes of a hub: who is connected, what they hold, and what they run into.',
  details: 'Those seen last come first. Of many nodes the first page is shown; --json says where the next begins.',
  options: {
    hub: sharedOptions.hub,
    all: { help: 'also nodes that are not connected' },
    gaps: { value: 'NODE', help: 'where receipts of this node are missing, or its headers are no chain' },
    json: sharedOptions.json,
  },
  examples: ['callable nodes', 'callable nodes --all --json', 'callable nodes --gaps 0x…'],
  async run(context, given) {
    const client = connectHub(context, locateHub(context, given), null);
    const node = given.text('gaps');
    if (node !== undefined) {
      if (!parseAddress(node))
        throw usageError(`${node} is not the address of a node.`, 'Find one with callable nodes.');
      const found = await listGaps(client, node, { signal: context.signal });
      context.out.write(
        given.flag('json') ? `${formatJson(found)}\n` : `${formatGaps(context.out, found).join('\n')}\n`,
      );
      return exitCodes.done;
    }
    const { nodes, next } = await listNodes(client, { signal: context.signal });
    const shown = nodes.filter(({ connected }) => connected || given.flag('all'));
    if (given.flag('json')) context.out.write(`${formatJson({ nodes: shown, next })}\n`);
    else
      context.out.write(
        `${formatNodes(context.out, shown, { away: nodes.length - shown.length, isCut: next !== null }).join('\n')}\n`,
      );
    return exitCodes.done;
  },
};
