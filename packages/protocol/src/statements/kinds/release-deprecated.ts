import { Type } from '../../schema/type.ts';
import { note } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releaseDeprecated = kindRow({
  kind: 'release.deprecated',
  says: 'It still answers, but something else is better. The last word counts.',
  subject: 'release digest',
  signer: { scope: 'publish', principal: (_, publisher) => publisher },
  takenFrom: 'anybody',
  perDay: { key: 500, network: 2000 },
  isRevised: true,
  body: Type.Object({
    deprecated: Type.Boolean(),
    note,
    /** Reference of what to use instead. */
    successor: Type.Union([Type.String({ maxLength: 200 }), Type.Null()]),
  }),
  folds: 'release',
  step: (state, { body, at, id }) => {
    const deprecated = body.deprecated ? { note: body.note, successor: body.successor, at, statement: id } : null;
    return { ...state, notices: { ...state.notices, deprecated } };
  },
});
