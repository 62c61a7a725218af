import { makeStatement } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { nameRelease } from '../curation/name-release.ts';
import { sayMade } from '../curation/say-made.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { requireKey } from '../keys/require-key.ts';

const signedBy = 'Signed by the key that published it, or one that may publish for it (callable key delegate).';

export const yankCommand: Command = yankOrBack({
  name: 'yank',
  yanked: true,
  summary: 'Hides a release from new callers; whoever names its digest is still served.',
  details: `Nothing is deleted. Lists leave it out, publisher/name means an older version, publisher/name@version is refused with ReleaseYanked. ${signedBy}`,
  examples: ["callable yank acme/iris@1.0.0 --note 'trained on the wrong labels'"],
});

export const unyankCommand: Command = yankOrBack({
  name: 'unyank',
  yanked: false,
  summary: 'Takes a yank back.',
  details: signedBy,
  examples: ['callable unyank acme/iris@1.0.0'],
});

function yankOrBack({
  yanked,
  ...words
}: Pick<Command, 'name' | 'summary' | 'examples'> & { details: string; yanked: boolean }): Command {
  return {
    ...words,
    positionals: ['REF'],
    options: {
      note: { value: 'TEXT', help: 'why; shown to everybody' },
      hub: sharedOptions.hub,
      json: sharedOptions.json,
    },
    async run(context, given) {
      const client = connectHub(context, locateHub(context, given), await requireKey(context));
      const release = await nameRelease(client, given.positionals[0] ?? '', context.signal);
      const body = { yanked, note: given.text('note') ?? '' };
      const made = await makeStatement(client, { kind: 'release.yanked', subject: release.digest, body }, context);
      return sayMade(context, given, `${release.reference} is ${yanked ? '' : 'no longer '}yanked.`, made);
    },
  };
}
