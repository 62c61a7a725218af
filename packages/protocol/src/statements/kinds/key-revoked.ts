import type { Delegation } from '../../delegations/delegation.ts';
import { Type } from '../../schema/type.ts';
import { address } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const keyRevoked = kindRow({
  kind: 'key.revoked',
  says: "From the log's time of this on, the key acts for its signer no more, and for good.",
  subject: 'address of the signer',
  signer: 'subject',
  takenFrom: 'anybody',
  perDay: { key: 100, network: 500 },
  isRevised: true,
  body: Type.Object({ key: address }),
  folds: 'key',
  step: (before, { body, at }) => {
    const ends = (one: Delegation) => one.key === body.key && one.revokedAt === null;
    return before.some(ends) ? before.map((one) => (ends(one) ? { ...one, revokedAt: at } : one)) : before;
  },
});
