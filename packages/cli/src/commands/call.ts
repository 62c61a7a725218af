import { endWithin } from '@callable/protocol';
import { runModel } from '@callable/sdk';
import { checkReference } from '../arguments/check-reference.ts';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { parseSeconds } from '../arguments/parse-seconds.ts';
import { checkReceipt } from '../calls/check-receipt.ts';
import { readInput } from '../calls/read-input.ts';
import { exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { findKey } from '../keys/find-key.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';

export const callCommand: Command = {
  name: 'call',
  positionals: ['REF'],
  summary: 'Calls a release with plain JSON and prints its outputs.',
  details:
    'Signed when you have a key, so that the call counts as evidence; without one it works as well. Before anything is printed, the receipt is checked: that the node signed it, for this caller, these inputs and these outputs.',
  options: {
    input: { value: 'FILE|JSON|-', help: 'the inputs: a file, the JSON itself, or - for stdin' },
    timeout: { value: 'SECONDS', help: 'how long to wait for the answer (60)' },
    confirm: { value: '2', help: 'two nodes of two operators and networks must give the same answer' },
    'standing-only': { help: 'no newcomer answers, also where nobody else holds the release' },
    relies: { help: 'you act on the answer: said in what you sign, and counted as a decision relied on' },
    'no-copy': { help: 'no other node is sent the input to have its answer compared' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    `callable call acme/iris --input '{"X": [[5.1, 3.5, 1.4, 0.2]]}'`,
    'callable call acme/iris@1.0.0 --input in.json --json',
    'echo \'{"text": ["fine"]}\' | callable call acme/sentiment --input -',
  ],
  async run(context, given) {
    const release = checkReference(given.positionals[0] ?? '');
    const input = given.text('input');
    if (input === undefined) throw usageError('callable call needs --input.', 'See: callable call --help');
    const timeoutMs = parseSeconds('timeout', given.text('timeout') ?? '60');
    const wanted = {
      confirm: readConfirm(given.text('confirm')),
      standingOnly: given.flag('standing-only'),
      copy: !given.flag('no-copy'),
      relies: given.flag('relies'),
      // The shapes by which outputs are compared with their receipt, and what is kept shall prove itself.
      proof: true,
    };
    const hub = locateHub(context, given);
    const inputs = await readInput(context, input);
    const key = await findKey(context);
    const client = connectHub(context, hub, key);
    // The server ends the call at its deadline and says why; ours only guards against a server that says nothing.
    const signal = endWithin(timeoutMs + 5000, context.signal);
    const sent = new TextEncoder().encode(inputs);
    const answer = checkReceipt(await runModel(client, release, inputs, { ...wanted, timeoutMs, signal }), key, sent);
    if (given.flag('json')) {
      context.out.write(`${formatJson(answer)}\n`);
      return exitCodes.done;
    }
    const outputs = Object.entries(answer.outputs).map(
      ([name, value]) => `  ${formatJson(name)}: ${formatJson(value)}`,
    );
    context.out.write(`{\n${outputs.join(',\n')}\n}\n`);
    context.err.write(
      `${paint(context.err, 'dim', cleanText(`${answer.release} · node ${answer.node} · ${Math.round(answer.ms)} ms · receipt signed by the node${key ? '' : ' · unsigned call'}`))}\n`,
    );
    if (answer.standing === 'newcomer' || answer.standing === 'unknown')
      context.err.write(`${paint(context.err, 'yellow', answer.standing)} ${words[answer.standing]}\n`);
    if (answer.confirmedBy !== undefined)
      context.err.write(`${paint(context.err, 'dim', `confirmed by node ${cleanText(answer.confirmedBy, 100)}`)}\n`);
    if (answer.deprecated) {
      const { note, successor } = answer.deprecated;
      const instead = successor === null ? '' : ` Use ${cleanText(successor, 200)} instead.`;
      context.err.write(`${paint(context.err, 'yellow', 'deprecated')} ${cleanText(note, 500)}${instead}\n`);
    }
    return exitCodes.done;
  },
};

/** What a caller should know of who answered. */
const words = {
  newcomer: 'No node of standing holds this release: a newcomer answered. --confirm 2 asks two nodes.',
  unknown: 'The node that answered has not joined the network, or the hub has not said so yet.',
};

function readConfirm(text: string | undefined): boolean {
  if (text !== undefined && text !== '2') throw usageError('--confirm takes 2.', 'See: callable call --help');
  return text !== undefined;
}
