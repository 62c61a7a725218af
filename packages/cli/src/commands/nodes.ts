import { CallableError, parseAddress } from '@callable/protocol';
import { getRankings, listGaps, listNodes } from '@callable/sdk';
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
  details:
    'Those seen last come first; below each stands how much independent callers used it in 7 days. Of many nodes the first page is shown; --json says where the next begins.',
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
    const { signal } = context;
    const [{ nodes, next }, use] = await Promise.all([
      listNodes(client, { signal }),
      getRankings(client, { kind: 'node', limit: mostRanked, signal }).catch(nullFromOlderHubs),
    ]);
    const shown = nodes.filter(({ connected }) => connected || given.flag('all'));
    if (given.flag('json')) context.out.write(`${formatJson({ nodes: shown, next, use })}\n`);
    else
      context.out.write(
        `${formatNodes(context.out, shown, { away: nodes.length - shown.length, isCut: next !== null, use }).join('\n')}\n`,
      );
    return exitCodes.done;
  },
};

/** As many places as a hub shows at once. */
const mostRanked = 200;

/** Hubs of before have no rankings, and their nodes are to be seen as ever. */
function nullFromOlderHubs(error: unknown): null {
  if (error instanceof CallableError && error.code === 'RouteNotFound') return null;
  throw error;
}
