import { aliasSubject, parseReleaseRef } from '@callable/protocol';
import { getKey, makeStatement } from '@callable/sdk';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { sayMade } from '../curation/say-made.ts';
import { usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from '../keys/connect-hub.ts';
import { requireKey } from '../keys/require-key.ts';

export const aliasCommand: Command = {
  name: 'alias',
  positionals: ['ALIAS', '[TARGET]'],
  summary: 'Lets a name of yours stand for another model, yours or anybody’s.',
  details:
    'ALIAS is publisher/name of your own. Calls to it without a version go to TARGET, publisher/name or publisher/name@version; answers say which release answered. It leads one step: an alias of an alias is refused.',
  options: {
    remove: { help: 'end the alias; takes no TARGET' },
    hub: sharedOptions.hub,
    json: sharedOptions.json,
  },
  examples: ['callable alias acme/stable acme/iris@1.0.0', 'callable alias acme/stable --remove'],
  async run(context, given) {
    const [text = '', target = null] = given.positionals;
    const remove = given.flag('remove');
    const alias = parseReleaseRef(text);
    if (!alias || alias.version || alias.digest)
      throw usageError(`${text} cannot be an alias.`, 'Write publisher/name.');
    if (remove === (target !== null))
      throw usageError('callable alias needs either a TARGET or --remove.', 'See: callable alias --help');
    if (target !== null && !parseReleaseRef(target))
      throw usageError(`${target} does not name a model.`, 'Write publisher/name or publisher/name@1.2.3.');
    const client = connectHub(context, locateHub(context, given), await requireKey(context));
    const { address: publisher } = await getKey(client, alias.publisher, context);
    const subject = aliasSubject(publisher, alias.name);
    const body = { publisher, name: alias.name, target };
    const made = await makeStatement(client, { kind: 'model.aliased', subject, body }, context);
    return sayMade(context, given, remove ? `${text} is no alias any more.` : `${text} now means ${target}.`, made);
  },
};
