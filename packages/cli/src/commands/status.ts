import { isCallable } from '@callable/protocol';
import { getRelease, watchRelease } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { checkReference } from '../calls/check-reference.ts';
import { exitCodes } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatConditionsAtLength } from '../terminal/format-conditions.ts';
import { formatJson } from '../terminal/format-json.ts';
import { openLiveBlock } from '../terminal/live-block.ts';
import { paint } from '../terminal/paint.ts';

export const statusCommand: Command = {
  name: 'status',
  positionals: ['REF'],
  summary: 'Shows the five conditions of a release: what is true, since when, on what evidence, and what to do next.',
  details: 'REF is publisher/name, publisher/name@version or a digest. Ends with 0 when it is callable, else with 3.',
  options: {
    watch: { help: 'stay and show every change until Ctrl-C' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: ['callable status acme/iris', 'callable status acme/iris@1.0.0 --watch'],
  async run(context, given) {
    const release = checkReference(given.positionals[0] ?? '');
    const client = connectHub(context, locateHub(context, given), null);
    const json = given.flag('json');
    let view = await getRelease(client, release, { signal: context.signal });
    const block = openLiveBlock(context.out);
    const show = () => {
      const lines = [
        `${paint(context.out, 'bold', cleanText(view.reference))}  ${paint(context.out, 'dim', view.digest)}  ${view.callable ? 'callable' : 'not callable'}`,
        ...formatConditionsAtLength(view.conditions, context.out, context.clock()),
      ];
      if (context.out.isTerminal && given.flag('watch')) block.draw(lines);
      else context.out.write(`${lines.join('\n')}\n`);
    };
    if (!json) show();
    if (given.flag('watch')) {
      try {
        for await (const next of watchRelease(client, release, { signal: context.signal })) {
          view = next;
          if (!json) show();
        }
      } catch (error) {
        // Ctrl-C is how one stops watching.
        if (!context.signal.aborted) throw error;
      }
    }
    if (json) context.out.write(`${formatJson(view)}\n`);
    return isCallable(view.conditions) ? exitCodes.done : exitCodes.notCallable;
  },
};
