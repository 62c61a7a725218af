import { setTrack } from '../../conditions/set-track.ts';
import { Type } from '../../schema/type.ts';
import { address, verdict } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releaseProbed = kindRow({
  kind: 'release.probed',
  says: 'What came of an ordinary call that the hub made under a key nobody knows.',
  subject: 'release digest',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    ...verdict,
    /** May be negative: a clock that was set back is no reason to lose a finding. */
    ms: Type.Number(),
    node: Type.Union([address, Type.Null()]),
  }),
  folds: 'release',
  step: (state, { body, at, id }, { policy, nodes }) => {
    // The answer of a liar, which the hub asked before the conviction: it asks again.
    if (body.node !== null && nodes?.get(body.node)?.convicted) return state;
    return setTrack({ ...state, reachedBy: body.node }, 'Reachable', at, {
      status: body.ok ? 'True' : 'False',
      reason: body.reason,
      message: body.message,
      checkedAt: at,
      expiresAt: body.ok ? at + policy.freshness.reachableSeconds * 1000 : null,
      evidence: [id],
    });
  },
  seats: ({ node }) => (node === null ? [] : [node]),
});
