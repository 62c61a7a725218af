import { noteDraw } from '../../nodes/judge-audit.ts';
import { Type } from '../../schema/type.ts';
import { address, bytes32, digest } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const auditDrawn = kindRow({
  kind: 'audit.drawn',
  says: 'Who shall run a call of this node again.',
  subject: 'node address',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    /** Id of the receipt. */
    receipt: bytes32,
    release: digest,
    auditors: Type.Array(address, { minItems: 1, maxItems: 16 }),
    /** Whether they run the pinned wasm, whose answer is the same everywhere and decides. */
    exact: Type.Boolean(),
  }),
  folds: 'node',
  step: (state, { body, subject }) => noteDraw(state, body, subject),
});
