import { handlePattern } from '../../identity/names.ts';
import { Type } from '../../schema/type.ts';
import { kindRow } from './kind-row.ts';

export const handleClaimed = kindRow({
  kind: 'handle.claimed',
  says: 'A name for a key; the first in the log owns it for ever.',
  subject: 'handle',
  signer: 'anybody',
  takenFrom: 'anybody',
  isCounted: false,
  body: Type.Object({ handle: Type.String({ pattern: handlePattern }) }),
  folds: null,
  step: null,
  looksUp: ({ subject, signer }) => ({ in: 'handles', key: subject, value: signer }),
});
