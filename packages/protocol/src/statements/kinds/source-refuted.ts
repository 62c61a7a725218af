import { Type } from '../../schema/type.ts';
import { bytes32, count } from './fields.ts';
import { kindRow } from './kind-row.ts';

/** One node's word: nothing a source sends is signed, so it takes several of them to count. */
export const sourceRefuted = kindRow({
  kind: 'source.refuted',
  says: 'A node asked it for a chunk and got bytes with another hash.',
  subject: 'address of a node or hub',
  signer: 'anybody',
  takenFrom: 'anybody',
  perDay: { key: 500, network: 1000 },
  body: Type.Object({
    file: bytes32,
    chunk: count,
    /** The address again, or the URL of a source that has none. */
    source: Type.String({ maxLength: 200 }),
    /** sha256 of what was sent. */
    got: bytes32,
  }),
  folds: null,
  step: null,
});
