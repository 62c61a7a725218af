import { handlePattern } from '../../identity/names.ts';
import { Type } from '../../schema/type.ts';
import { kindRow } from './kind-row.ts';

export const handleClaimed = kindRow({
  kind: 'handle.claimed',
  says: 'A name for a key: of who claims it first, and for ever once they have published. Before, it lapses after 30 days.',
  subject: 'handle',
  signer: 'anybody',
  takenFrom: 'anybody',
  perDay: { key: 3, network: 60 },
  body: Type.Object({ handle: Type.String({ pattern: handlePattern }) }),
  folds: null,
  step: null,
  looksUp: ({ subject, signer }) => ({ in: 'handles', key: subject, value: signer }),
});
