import { Type } from '../../schema/type.ts';
import { kindRow } from './kind-row.ts';

export const logOpened = kindRow({
  kind: 'log.opened',
  says: 'The key that signs the checkpoints of the log.',
  subject: 'hub address',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    origin: Type.String({ pattern: '^[!-*,-~]{1,200}$' }),
    /** C2SP verifier key: name, key hash and Ed25519 key. */
    vkey: Type.String({ pattern: '^[!-~]{1,400}$' }),
  }),
  folds: null,
  step: null,
  looksUp: ({ subject, signer, body }) => (subject === signer ? { in: 'vkeys', key: signer, value: body.vkey } : null),
  opensLog: true,
});
