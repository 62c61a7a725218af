import { setTrack } from '../../conditions/set-track.ts';
import type { Digest } from '../../identity/digest.ts';
import { modelNamePattern, versionPattern } from '../../identity/names.ts';
import { conditionReasons } from '../../reasons/condition-reasons.ts';
import { Type } from '../../schema/type.ts';
import { address } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releasePublished = kindRow({
  kind: 'release.published',
  says: 'A manifest with this digest is out under this name and version.',
  subject: 'release digest',
  signer: { scope: 'publish', principal: ({ publisher }) => publisher },
  takenFrom: 'release',
  perDay: { key: 1000, network: 3000 },
  body: Type.Object({
    publisher: address,
    name: Type.String({ pattern: modelNamePattern }),
    version: Type.String({ pattern: versionPattern }),
  }),
  folds: 'release',
  step: (state, { body, at, id }) => {
    if (state.publisher !== null) return state;
    const { sentence } = conditionReasons.AllBytesArrived;
    return setTrack({ ...state, publisher: body.publisher }, 'Uploaded', at, {
      status: 'True',
      reason: 'AllBytesArrived',
      message: sentence,
      checkedAt: at,
      expiresAt: null,
      evidence: [id],
    });
  },
  // A hub refuses a second release of one version; a log that has two goes on meaning the first.
  looksUp: ({ subject, body }) => ({
    in: 'names',
    key: `${body.publisher}/${body.name}@${body.version}`,
    value: subject as Digest,
    publisher: body.publisher,
  }),
});
