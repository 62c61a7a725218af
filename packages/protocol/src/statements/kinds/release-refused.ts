import { type RefusalScope, refusalScopes } from '../../curation/refusal-scope.ts';
import { Type } from '../../schema/type.ts';
import { note } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releaseRefused = kindRow({
  kind: 'release.refused',
  says: 'A tombstone: what the hub refuses to do with it, and why. The last word counts.',
  subject: 'release digest',
  signer: 'hub',
  takenFrom: 'anybody',
  perDay: null,
  isRevised: true,
  body: Type.Object({
    refused: Type.Array(Type.Unsafe<RefusalScope>(Type.String({ enum: [...refusalScopes] })), {
      maxItems: refusalScopes.length,
    }),
    note,
  }),
  folds: 'release',
  step: (state, { body, at, id }) => {
    const refused = body.refused.length > 0 ? { scopes: body.refused, note: body.note, at, statement: id } : null;
    return { ...state, notices: { ...state.notices, refused } };
  },
});
