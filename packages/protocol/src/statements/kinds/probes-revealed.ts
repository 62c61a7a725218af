import { Type } from '../../schema/type.ts';
import { bytes32 } from './fields.ts';
import { kindRow } from './kind-row.ts';

/** So many keys of one day: whoever checks a log makes them all again. */
export const largestProbeCount = 100_000;

export const probesRevealed = kindRow({
  kind: 'probes.revealed',
  says: 'The secret of which a hub made the keys of its own calls on one day, when no report of them can come any more: everybody makes the keys again, and counts their calls for nobody.',
  subject: 'hub address',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    /** Days since 1970, UTC. */
    day: Type.Integer({ minimum: 0, maximum: 100_000_000 }),
    secret: bytes32,
    /** So many keys, from number 0 on: `deriveProbeKey`. */
    keys: Type.Integer({ minimum: 1, maximum: largestProbeCount }),
  }),
  folds: null,
  step: null,
});
