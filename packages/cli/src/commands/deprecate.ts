import { parseReleaseRef } from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { nameRelease } from '../curation/name-release.ts';
import { sayMade } from '../curation/say-made.ts';
import { usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { requireKey } from '../keys/require-key.ts';

export const deprecateCommand: Command = {
  name: 'deprecate',
  positionals: ['REF'],
  summary: 'Says that something else is better; the release goes on answering.',
  details: 'Answers then carry the headers Deprecation (RFC 9745) and Link, which names the successor.',
  options: {
    successor: { value: 'REF', help: 'what to use instead: publisher/name or publisher/name@version' },
    note: { value: 'TEXT', help: 'why; shown to everybody' },
    undo: { help: 'take it back' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: ["callable deprecate acme/iris@1.0.0 --successor acme/iris@2.0.0 --note 'less exact'"],
  async run(context, given) {
    const deprecated = !given.flag('undo');
    const successor = given.text('successor') ?? null;
    if (successor !== null && !parseReleaseRef(successor))
      throw usageError(`${successor} does not name a release.`, 'Give one like --successor acme/iris@2.0.0');
    const client = connectHub(context, locateHub(context, given), await requireKey(context));
    const release = await nameRelease(client, given.positionals[0] ?? '', context.signal);
    const body = { deprecated, note: given.text('note') ?? '', successor };
    const made = await makeStatement(client, { kind: 'release.deprecated', subject: release.digest, body }, context);
    return sayMade(context, given, `${release.reference} is ${deprecated ? '' : 'no longer '}deprecated.`, made);
  },
};
