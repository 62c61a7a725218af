import { aliasSubject } from '../../curation/alias.ts';
import { parseModelName } from '../../identity/names.ts';
import { parseReleaseRef } from '../../identity/release-ref.ts';
import { Type } from '../../schema/type.ts';
import { address } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const modelAliased = kindRow({
  kind: 'model.aliased',
  says: 'Calls to this name of a publisher go to another model, of whomever.',
  subject: 'publisher/name of the alias',
  signer: { scope: 'publish', principal: ({ publisher }) => publisher },
  takenFrom: 'anybody',
  perDay: { key: 500, network: 2000 },
  isRevised: true,
  body: Type.Object({
    publisher: address,
    name: Type.String({ maxLength: 64 }),
    /** `publisher/name` or `publisher/name@version`; null ends the alias. */
    target: Type.Union([Type.String({ maxLength: 200 }), Type.Null()]),
  }),
  folds: 'alias',
  /** Following an alias takes one step, so that no two of them can send a caller round in circles. */
  step: (before, { body: { publisher, name: word, target }, subject, at, id }) => {
    const name = parseModelName(word);
    if (!name || subject !== aliasSubject(publisher, name)) return before;
    if (target === null) return null;
    const ref = parseReleaseRef(target);
    if (!ref || ref.digest || target === subject) return before;
    return { publisher, name, target, at, statement: id };
  },
});
