import { resolve } from 'node:path';
import { nodeOf, type SignedReceipt3, type StatementBody } from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { sayMade } from '../curation/say-made.ts';
import { CliError, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { requireKey } from '../keys/require-key.ts';
import { readAnswer } from '../verify/read-answer.ts';

/** A statement names so many receipts. */
const mostReceipts = 100;

export const relyCommand: Command = {
  name: 'rely',
  positionals: ['ANSWER.json…'],
  summary: 'Says that you act on answers you had, or how they came out.',
  details:
    'Takes the files that callable call --json wrote, one or up to 100 of one caller, and logs one signed statement over their receipts. It counts once for each receipt, where your key (or one that calls in its name) signed the call, the answer was whole, and the receipt is in the log; that takes a second or two after the call. Within 7 days after it you may say that you rely on it, within 90 how it came out. To say it with the call itself costs no statement: callable call --relies.',
  options: {
    outcome: { value: 'right|wrong', help: 'how it came out' },
    note: { value: 'TEXT', help: 'a word about it, for everybody (200 letters)' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    'callable call acme/iris --input in.json --json > answer.json && callable rely answer.json',
    "callable rely answer.json --outcome wrong --note 'it was a virginica'",
  ],
  async run(context, given) {
    const outcome = parseOutcome(given.text('outcome'));
    const note = given.text('note');
    if (given.positionals.length > mostReceipts)
      throw usageError(
        `${given.positionals.length} answers are given, and a statement names at most ${mostReceipts}.`,
        'Give them in several calls.',
      );
    const receipts: SignedReceipt3[] = [];
    for (const name of given.positionals) receipts.push(await readReceipt(resolve(context.cwd, name), name));
    const client = connectHub(context, locateHub(context, given), await requireKey(context));
    const body: StatementBody<'receipts.relied'> = {
      caller: callerOf(receipts),
      receipts: receipts.map((receipt) => ({
        ...{ node: nodeOf(receipt), session: receipt.batch.session, number: receipt.seq, relied: true as const },
        ...(outcome ? { outcome } : {}),
        ...(note === undefined ? {} : { note }),
      })),
    };
    const made = await makeStatement(client, { kind: 'receipts.relied', subject: body.caller, body }, context);
    const many = receipts.length === 1 ? 'one answer is' : `${receipts.length} answers are`;
    return sayMade(context, given, `${many} relied on${outcome ? `, and came out ${outcome}` : ''}.`, made);
  },
};

function parseOutcome(text: string | undefined): 'right' | 'wrong' | null {
  if (text === undefined) return null;
  if (text === 'right' || text === 'wrong') return text;
  throw usageError(`${JSON.stringify(text)} is no outcome.`, 'Say --outcome right or --outcome wrong.');
}

async function readReceipt(path: string, name: string): Promise<SignedReceipt3> {
  const { receipt } = await readAnswer(path, name);
  if (receipt.version === 3) return receipt;
  throw new CliError(
    'ReceiptInvalid',
    `${name} holds a receipt of version ${receipt.version}, which no log names by session and number.`,
    'Call again; answers of today have receipts of version 3.',
  );
}

function callerOf(receipts: readonly SignedReceipt3[]) {
  const [first, ...others] = new Set(receipts.map(({ caller }) => caller));
  if (first === undefined) throw usageError('No answer is given.', 'Give the file that callable call --json wrote.');
  if (others.length === 0) return first;
  throw usageError(
    `These answers are of ${others.length + 1} callers, and each says for itself what it relies on.`,
    'Give the answers of one caller at a time.',
  );
}
