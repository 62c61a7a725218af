import { labelKey, standsAt } from '../../curation/label.ts';
import { Type } from '../../schema/type.ts';
import { note, time } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const labelAttached = kindRow({
  kind: 'label.attached',
  says: 'A word about it, which counts with those who follow its signer.',
  subject: 'release, node, key or handle',
  signer: 'anybody',
  takenFrom: 'anybody',
  perDay: { key: 1000, network: 3000 },
  isRevised: true,
  body: Type.Object({
    /** Lower-case words with hyphens, such as `malware` or `verified-by-us`. */
    label: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 60 }),
    /** False takes it back. */
    attached: Type.Boolean(),
    note,
    expiresAt: Type.Optional(time),
  }),
  folds: 'label',
  stateKey: ({ subject, signer, body }) => labelKey({ subject, signer, label: body.label }),
  step: (before, { body, subject, signer, at, id }) => {
    if (!body.attached) return null;
    const since = before && standsAt(before, at) ? before.since : at;
    const expiresAt = body.expiresAt ?? null;
    return { subject, label: body.label, signer, note: body.note, since, expiresAt, statement: id };
  },
});
