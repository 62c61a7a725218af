import { moveVerified } from '../../conditions/move-verified.ts';
import { setTrack } from '../../conditions/set-track.ts';
import { ageTrack, type Track } from '../../conditions/track.ts';
import { trackInForce } from '../../conditions/track-in-force.ts';
import { Type } from '../../schema/type.ts';
import { reason, sentence } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releaseBlocked = kindRow({
  kind: 'release.blocked',
  says: 'Why a step of its path cannot go on for now.',
  subject: 'release digest',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({ condition: Type.String(), status: Type.String(), reason, message: sentence }),
  folds: 'release',
  step: (state, { body, at, id }, rules) => {
    const { condition } = body;
    if (condition !== 'Verified' && condition !== 'Reachable') return state;
    const before = ageTrack(condition === 'Verified' ? trackInForce(state, rules) : state.tracks.Reachable, at);
    // That no node can verify now takes nothing from what a quorum has verified; it ends with its age.
    if (condition === 'Verified' && before.status === 'True') return state;
    const next: Omit<Track, 'since' | 'checked'> = {
      status: body.status === 'False' ? 'False' : 'Unknown',
      reason: body.reason,
      message: body.message,
      // Nothing was checked: that is what it says.
      checkedAt: before.checkedAt,
      expiresAt: null,
      evidence: [id],
    };
    if (condition === 'Reachable') return setTrack(state, condition, at, next);
    return moveVerified(state, at, { ...next, epoch: rules.policy.epoch }, rules);
  },
});
