import { setTrack } from '../../conditions/set-track.ts';
import { Type } from '../../schema/type.ts';
import { count, verdict } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releaseStored = kindRow({
  kind: 'release.stored',
  says: 'What came of reading every byte of it back.',
  subject: 'release digest',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    ...verdict,
    files: count,
    bytes: count,
    /** Until when the storage of the file that ends first is paid, milliseconds since 1970 and within what
     *  a Date can say; missing when it has no end. */
    storedUntil: Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15 })),
  }),
  folds: 'release',
  step: (state, { body, at, id }, { policy }) => {
    const fact = { reason: body.reason, message: body.message, checkedAt: at, evidence: [id] };
    if (!body.ok) return setTrack(state, 'Stored', at, { ...fact, status: 'False', expiresAt: null });
    const staleAt = at + policy.freshness.storedSeconds * 1000;
    const endsAt = body.storedUntil ?? null;
    return setTrack(state, 'Stored', at, {
      ...fact,
      status: 'True',
      expiresAt: endsAt === null ? staleAt : Math.min(staleAt, endsAt),
      ...(endsAt === null ? {} : { endsAt }),
    });
  },
});
