import { getUsage } from '@callable/sdk';
import { checkReference } from '../arguments/check-reference.ts';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import { exitCodes } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { formatJson } from '../terminal/format-json.ts';
import { formatUsage } from '../usage/format-usage.ts';

export const usageCommand: Command = {
  name: 'usage',
  positionals: ['REF'],
  summary: 'Shows how much a release is really used, and what that rests on.',
  details:
    'Three numbers that are never merged: claimed (reported), evidenced (signed by the caller) and trusted (one voice for each network and day). Beside them stands what was excluded and why, and what it costs to forge.',
  options: {
    days: { value: 'N', help: 'today and the days before it, UTC (7)' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: ['callable usage acme/iris', 'callable usage acme/iris@1.0.0 --days 28 --json'],
  async run(context, given) {
    const release = checkReference(given.positionals[0] ?? '');
    const days = parseWholeNumber('days', given.text('days') ?? '7', { min: 1, max: 90 });
    const client = connectHub(context, locateHub(context, given), null);
    const usage = await getUsage(client, release, { days, signal: context.signal });
    context.out.write(given.flag('json') ? `${formatJson(usage)}\n` : `${formatUsage(context, usage).join('\n')}\n`);
    return exitCodes.done;
  },
};
