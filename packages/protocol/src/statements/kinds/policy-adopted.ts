import { Type } from 'typebox';
import { Policy } from '../../policy/policy.ts';
import { kindRow } from './kind-row.ts';

export const policyAdopted = kindRow({
  kind: 'policy.adopted',
  says: 'The rules from here on.',
  subject: 'hub address',
  signer: 'hub',
  takenFrom: 'hub',
  isCounted: false,
  body: Type.Object({ policy: Policy }),
  folds: 'policy',
  step: (_, { body }) => body.policy,
  opensLog: true,
});
