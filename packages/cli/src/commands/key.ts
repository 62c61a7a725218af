import { addressOf, ownMember, parseHandle, toHex } from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import { type Command, type Given, sharedOptions } from '../arguments/command.ts';
import { suggestWord } from '../arguments/suggest-word.ts';
import type { CliContext } from '../context/cli-context.ts';
import { CliError, type ExitCode, exitCodes, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { delegateKey } from '../keys/delegate-key.ts';
import { findOrMakeKey } from '../keys/find-key.ts';
import { revokeKey } from '../keys/revoke-key.ts';
import { formatJson } from '../terminal/format-json.ts';

const actions: Record<string, (context: CliContext, given: Given) => Promise<ExitCode>> = {
  show: showKey,
  export: exportKey,
  claim: claimHandle,
  delegate: delegateKey,
  revoke: revokeKey,
};

export const keyCommand: Command = {
  name: 'key',
  positionals: ['show|export|claim|delegate|revoke', '[HANDLE|ADDRESS]'],
  summary: 'Shows your address, exports your key, claims a handle for it, or lets another key act for it.',
  details:
    'The key is your identity: there is no account behind it and nobody can restore it. It is made on first use and kept in ~/.callable/key (CALLABLE_HOME), or taken from CALLABLE_KEY. A delegate may publish, yank and deprecate in your name, operate nodes, or call, until its time is over or you revoke it.',
  options: {
    scope: { value: 'LIST', help: 'what a delegate may do, of publish,operate,call (publish)' },
    days: { value: 'DAYS', help: 'for how long (90)' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    'callable key show',
    'callable key export > backup.key',
    'callable key claim acme',
    'callable key delegate 0x… --scope publish --days 30',
    'callable key delegate 0x… --scope call --days 30',
    'callable key revoke 0x…',
  ],
  async run(context, given) {
    const word = given.positionals[0] ?? '';
    const action = ownMember(actions, word);
    if (action) return action(context, given);
    const meant = suggestWord(word, Object.keys(actions));
    throw usageError(
      `callable key does not know ${word}.`,
      meant === null ? 'See: callable key --help' : `Did you mean callable key ${meant}?`,
    );
  },
};

async function showKey(context: CliContext, given: Given): Promise<ExitCode> {
  const { key, path } = await findOrMakeKey(context);
  const address = addressOf(key);
  if (given.flag('json')) context.out.write(`${formatJson({ address, path })}\n`);
  else {
    context.out.write(`${address}\n`);
    context.err.write(path === null ? 'from CALLABLE_KEY\n' : `kept in ${path}\n`);
  }
  return exitCodes.done;
}

async function exportKey(context: CliContext, given: Given): Promise<ExitCode> {
  const { key } = await findOrMakeKey(context);
  const text = `0x${toHex(key)}`;
  context.err.write('Whoever has this can publish in your name: keep it secret.\n');
  context.out.write(given.flag('json') ? `${formatJson({ address: addressOf(key), key: text })}\n` : `${text}\n`);
  return exitCodes.done;
}

async function claimHandle(context: CliContext, given: Given): Promise<ExitCode> {
  const text = given.positionals[1];
  if (text === undefined)
    throw usageError('callable key claim needs a HANDLE.', 'For example: callable key claim acme');
  const handle = parseHandle(text);
  if (!handle)
    throw new CliError(
      'NameInvalid',
      `${text} cannot be a handle.`,
      'Use 3 to 39 of a-z, 0-9 and single hyphens inside; it may not start with 0x.',
      { exitCode: exitCodes.usedWrongly },
    );
  const hub = locateHub(context, given);
  const { key } = await findOrMakeKey(context);
  const client = connectHub(context, hub, key);
  const fact = { kind: 'handle.claimed', subject: handle, body: { handle } } as const;
  const { id } = await makeStatement(client, fact, { signal: context.signal });
  const address = addressOf(key);
  context.out.write(
    given.flag('json') ? `${formatJson({ handle, address, statement: id })}\n` : `${handle} belongs to ${address}.\n`,
  );
  return exitCodes.done;
}
