import { join, resolve } from 'node:path';
import { type PrivateKey, refusalScopes } from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import { type Command, type Given, sharedOptions } from '../arguments/command.ts';
import { parseWords } from '../arguments/parse-words.ts';
import type { CliContext } from '../context/cli-context.ts';
import { nameRelease } from '../curation/name-release.ts';
import { sayMade } from '../curation/say-made.ts';
import { CliError, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { readOwnKey } from '../keys/read-own-key.ts';

export const refuseCommand: Command = {
  name: 'refuse',
  positionals: ['REF'],
  summary:
    'For the operator of a hub: a tombstone on a release, which says what this hub refuses to do with it and why.',
  details:
    'Signed with the key of the hub, which lies in its data directory; nobody else can make one. The release stays visible on its page with the reason. Other hubs decide for themselves.',
  options: {
    scope: { value: 'LIST', help: `what is refused, of ${refusalScopes.join(',')} (all of them)` },
    note: { value: 'TEXT', help: 'why; shown to everybody' },
    lift: { help: 'take the tombstone away' },
    data: { value: 'DIR', help: 'the data directory of callable up or of the hub (.callable)' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    "callable refuse acme/iris@1.0.0 --scope calls,bytes --note 'court order 12'",
    'callable refuse acme/iris@1.0.0 --lift',
  ],
  async run(context, given) {
    const refused = given.flag('lift')
      ? []
      : parseWords('scope', given.text('scope') ?? refusalScopes.join(','), refusalScopes);
    const note = given.text('note') ?? '';
    if (refused.length > 0 && note.trim() === '')
      throw usageError('callable refuse needs --note.', 'Say why: those who are refused read it.');
    const client = connectHub(context, locateHub(context, given), await readHubKey(context, given));
    const release = await nameRelease(client, given.positionals[0] ?? '', context.signal);
    const body = { refused, note };
    const made = await makeStatement(client, { kind: 'release.refused', subject: release.digest, body }, context);
    const what = refused.length === 0 ? 'refuses nothing more of' : `refuses ${refused.join(', ')} of`;
    return sayMade(context, given, `This hub ${what} ${release.reference}.`, made);
  },
};

/** Of `callable up`, whose hub is one folder deeper, or of a hub alone. */
async function readHubKey({ cwd }: Pick<CliContext, 'cwd'>, given: Given): Promise<PrivateKey> {
  const directory = resolve(cwd, given.text('data') ?? '.callable');
  for (const path of [join(directory, 'hub', 'hub-key'), join(directory, 'hub-key')]) {
    const key = await readOwnKey(path);
    if (key) return key;
  }
  throw new CliError('KeyMissing', `${directory} holds no key of a hub.`, 'Name its data directory: --data DIR');
}
