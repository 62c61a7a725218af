import { actsFor } from '../../delegations/delegation.ts';
import { Type } from '../../schema/type.ts';
import { address, count } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const nodeJoined = kindRow({
  kind: 'node.joined',
  says: 'A node is there, with so much memory and so many slots.',
  subject: 'node address',
  signer: 'subject',
  takenFrom: 'anybody',
  perDay: { key: 200, network: 1000 },
  isRevised: true,
  body: Type.Object({
    software: Type.String({ maxLength: 80 }),
    memoryBytes: count,
    slots: Type.Integer({ minimum: 1 }),
    /** Who runs it, when that is another key than its own; counts with that key's delegation in the log. */
    operator: Type.Optional(address),
  }),
  folds: 'node',
  /** An operator is believed when both said so: the node in its statement, the operator in a delegation. */
  step: (state, { body, signer: key, at }, { delegations = [] }) => {
    const claimed = body.operator ?? key;
    const isSo = actsFor(delegations, { key, principal: claimed, scope: 'operate', at });
    return { ...state, joinedAt: state.joinedAt ?? at, operator: isSo ? claimed : key };
  },
  delegators: ({ operator }) => (operator ? [operator] : []),
});
