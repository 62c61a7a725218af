import { parseAddress, parseHandle } from '@callable/protocol';
import { getRelease, makeStatement } from '@callable/sdk';
import { checkReference } from '../arguments/check-reference.ts';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import { sayMade } from '../curation/say-made.ts';
import { usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { findOrMakeKey } from '../keys/find-key.ts';

const dayMs = 24 * 3600_000;

export const labelCommand: Command = {
  name: 'label',
  positionals: ['SUBJECT', 'LABEL'],
  summary: 'Says a word about a release, a node, a key or a handle, signed with your key.',
  details:
    'SUBJECT is a reference, a digest, an address or a handle; LABEL is lower-case words with hyphens. Everybody sees it on the page of its subject; it counts with hubs that follow your key (CALLABLE_LABELERS).',
  options: {
    note: { value: 'TEXT', help: 'why; shown to everybody' },
    days: { value: 'DAYS', help: 'how long it stands; without it until you take it back' },
    remove: { help: 'take it back' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: [
    "callable label acme/iris@1.0.0 verified-by-us --note 'same answers as the paper'",
    'callable label acme/iris@1.0.0 verified-by-us --remove',
  ],
  async run(context, given) {
    const [text = '', label = ''] = given.positionals;
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(label) || label.length > 60)
      throw usageError(`${label} cannot be a label.`, 'Use lower-case words with hyphens, such as reads-well.');
    const attached = !given.flag('remove');
    const days = given.text('days');
    const expiresAt =
      days === undefined
        ? {}
        : { expiresAt: context.clock() + parseWholeNumber('days', days, { min: 1, max: 36_500 }) * dayMs };
    const { key } = await findOrMakeKey(context);
    const client = connectHub(context, locateHub(context, given), key);
    const isKey = parseAddress(text) ?? parseHandle(text);
    const subject = isKey ?? (await getRelease(client, checkReference(text), { signal: context.signal })).digest;
    const body = { label, attached, note: given.text('note') ?? '', ...(attached ? expiresAt : {}) };
    const made = await makeStatement(client, { kind: 'label.attached', subject, body }, context);
    return sayMade(context, given, `${subject} is ${attached ? '' : 'no longer '}labelled ${label} by you.`, made);
  },
};
