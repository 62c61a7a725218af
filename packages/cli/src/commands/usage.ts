import { type Command, sharedOptions } from '../arguments/command.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import { exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { formatJson } from '../terminal/format-json.ts';
import { findUsage } from '../usage/find-usage.ts';
import { formatUsage } from '../usage/format-usage.ts';

export const usageCommand: Command = {
  name: 'usage',
  positionals: ['[WHAT]'],
  summary: 'Shows how much a release, a publisher, a node or the whole network is really used, and what that rests on.',
  details:
    'WHAT is publisher/name, publisher/name@version or a digest for a release, a handle or an address for a publisher, an address for a node; without it the network. Three numbers that are never merged: claimed (reported), evidenced (signed by the caller) and trusted (one voice for each network and day). Beside them stands what was excluded and why, and what it costs to forge.',
  options: {
    days: { value: 'N', help: 'today and the days before it, UTC (7)' },
    publisher: { help: 'the address is a publisher, also where a node of that key is used more' },
    node: { help: 'the address is a node' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    'callable usage',
    'callable usage acme/iris',
    'callable usage acme/iris@1.0.0 --days 28 --json',
    'callable usage 0x… --node',
  ],
  async run(context, given) {
    const [text] = given.positionals;
    if (given.flag('node') && given.flag('publisher'))
      throw usageError('--node and --publisher exclude each other.', 'Give one of them.');
    const as = given.flag('node') ? 'node' : given.flag('publisher') ? 'publisher' : null;
    const days = parseWholeNumber('days', given.text('days') ?? '7', { min: 1, max: 90 });
    const client = connectHub(context, locateHub(context, given), null);
    const { usage, other } = await findUsage(client, { text, as }, { days, signal: context.signal });
    context.out.write(given.flag('json') ? `${formatJson(usage)}\n` : `${formatUsage(context, usage).join('\n')}\n`);
    if (other !== null)
      context.err.write(
        `Taken as a ${usage.kind}. The same address as a ${other}: callable usage ${text} --${other}\n`,
      );
    return exitCodes.done;
  },
};
