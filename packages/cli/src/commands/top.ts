import { getRankings } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import { exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { formatJson } from '../terminal/format-json.ts';
import { formatRanking } from '../usage/format-ranking.ts';

const orders = ['use', 'rising', 'success'] as const;

export const topCommand: Command = {
  name: 'top',
  positionals: [],
  summary: 'Shows which releases, publishers or nodes are really used in 7 days, the most used first.',
  details:
    'The order is that of independent use: of calls signed by keys that are neither publisher nor operator, one voice for each network and day. How much somebody uploaded or called himself moves no place. Evidenced and claimed stand beside it.',
  options: {
    by: { value: 'use|rising|success', help: 'independent use (use), its rise above three weeks before, or success' },
    publishers: { help: 'publishers instead of releases' },
    nodes: { help: 'nodes instead of releases' },
    limit: { value: 'N', help: 'so many places (10)' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: ['callable top', 'callable top --by rising', 'callable top --nodes --limit 50 --json'],
  async run(context, given) {
    const asked = given.text('by') ?? 'use';
    const by = orders.find((order) => order === asked);
    if (!by) throw usageError(`--by ${asked} is no order.`, `Give one of ${orders.join(', ')}.`);
    if (given.flag('publishers') && given.flag('nodes'))
      throw usageError('--publishers and --nodes exclude each other.', 'Give one of them.');
    const kind = given.flag('publishers') ? 'publisher' : given.flag('nodes') ? 'node' : 'release';
    const limit = parseWholeNumber('limit', given.text('limit') ?? '10', { min: 1, max: 200 });
    const client = connectHub(context, locateHub(context, given), null);
    const ranking = await getRankings(client, { kind, by, limit, signal: context.signal });
    context.out.write(
      given.flag('json') ? `${formatJson(ranking)}\n` : `${formatRanking(context, ranking).join('\n')}\n`,
    );
    return exitCodes.done;
  },
};
