import { parseCheckpoint, parseNote } from '@callable/protocol';
import { readLogFile } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { CliError, exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { formatJson } from '../terminal/format-json.ts';
import { copyLog } from '../verify/copy-log.ts';

export const logCopyCommand: Command = {
  name: 'log copy',
  positionals: ['DIRECTORY'],
  summary: 'Copies the log of a hub into a directory: plain files, which any C2SP tlog-tiles client reads.',
  details:
    'Run it again to bring the copy up to date: only what is new is fetched. Nothing is checked; callable verify does that.',
  options: { hub: sharedOptions.hub, json: sharedOptions.json },
  examples: ['callable log copy ./log-copy', 'callable verify acme/iris --log ./log-copy'],
  async run(context, given) {
    const directory = given.positionals[0];
    if (!directory) throw usageError('callable log copy needs a directory.', 'See: callable log copy --help');
    const client = connectHub(context, locateHub(context, given), null);
    const read = readLogFile(client, { signal: context.signal });
    const text = await read('checkpoint');
    const note = text && parseNote(new TextDecoder().decode(text));
    const checkpoint = note && parseCheckpoint(note.text);
    if (!text || !checkpoint)
      throw new CliError('LogMissing', 'This hub has no checkpoint yet.', 'Try again in some seconds.');
    const copied = await copyLog(context, read, { checkpoint, text }, directory);
    const { origin, size } = checkpoint;
    const { unknownRules } = copied;
    if (unknownRules && !given.flag('json'))
      context.err.write(
        `From entry ${unknownRules.index} on the log goes by rules of version ${unknownRules.rules}, which this callable does not know: the copy is whole, and callable verify cannot compute what follows. Use a newer version of callable.\n`,
      );
    context.out.write(
      given.flag('json')
        ? `${formatJson({ origin, size, ...copied })}\n`
        : `${origin}: ${size} entries, ${copied.fetched} files fetched, ${copied.kept} were here.\n`,
    );
    return exitCodes.done;
  },
};
