import { Policy } from '../../policy/policy.ts';
import { Type } from '../../schema/type.ts';
import { kindRow } from './kind-row.ts';

export const policyAdopted = kindRow({
  kind: 'policy.adopted',
  says: 'The rules from here on.',
  subject: 'hub address',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({ policy: Policy }),
  folds: 'policy',
  /** Rules of another version never come here: whoever folds stops at them. */
  step: (_, { body }) => body.policy,
  opensLog: true,
});
