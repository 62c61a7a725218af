import { Type } from '../../schema/type.ts';
import { note } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releaseYanked = kindRow({
  kind: 'release.yanked',
  says: 'New callers shall not find it; who names the digest may still call it. The last word counts.',
  subject: 'release digest',
  signer: { scope: 'publish', principal: (_, publisher) => publisher },
  takenFrom: 'anybody',
  perDay: { key: 500, network: 2000 },
  isRevised: true,
  body: Type.Object({ yanked: Type.Boolean(), note }),
  folds: 'release',
  step: (state, { body, at, id }) => {
    const yanked = body.yanked ? { note: body.note, at, statement: id } : null;
    return { ...state, notices: { ...state.notices, yanked } };
  },
});
