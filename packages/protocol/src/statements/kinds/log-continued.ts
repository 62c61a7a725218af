import { count } from '../../schema/fields.ts';
import { Type } from '../../schema/type.ts';
import { kindRow } from './kind-row.ts';

const origin = Type.String({ pattern: '^[!-*,-~]{1,200}$' });
/** C2SP verifier key: name, key hash and Ed25519 key. */
const vkey = Type.String({ pattern: '^[!-~]{1,400}$' });

export const logContinued = kindRow({
  kind: 'log.continued',
  says: 'This log takes the place of another of the same hub, whose last entries are lost.',
  subject: 'hub address',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    origin,
    vkey,
    /** The log that ended: its last signed head. */
    ended: Type.Object({ origin, vkey, size: count, root: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
    /** So many first entries of this log are those of the one that ended. */
    kept: count,
    /** So many of its entries are not here: `ended.size - kept`. */
    lost: count,
  }),
  folds: null,
  step: null,
});
