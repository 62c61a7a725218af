import { Type } from '../../schema/type.ts';
import { bytes32, count } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releaseCommitted = kindRow({
  kind: 'release.committed',
  says: 'A hash of the report of a drawn node, before any of the panel shows its report.',
  subject: 'release digest',
  signer: 'drawn',
  takenFrom: 'task',
  perDay: null,
  body: Type.Object({ epoch: count, commitment: bytes32 }),
  folds: 'release',
  /** Counts only before anybody has shown a report in this round: afterwards it could be a copy. */
  step: (state, { body, signer }) => {
    const { panel } = state;
    if (!panel?.sealed || panel.revealed || body.epoch !== panel.epoch || !panel.validators.includes(signer))
      return state;
    return { ...state, commitments: { ...state.commitments, [signer]: body.commitment } };
  },
});
