import { provesOnlySignature, type ReleaseView, truthOf } from '@callable/protocol';
import type { Rows } from '../terminal/open-rows.ts';

const words = {
  publisher: 'the publisher’s framework answered it, and the model was compared with that before it was published',
  partly: 'the publisher’s framework answered some of its outputs, the model itself the others',
  graph: 'the model itself answered it: nodes answer alike, and nobody has said that the answer is right',
} as const;

/** What the first vector proves. Told from the signed manifest, not from what the hub says of it. */
export function addTruth(rows: Rows, { manifest }: Pick<ReleaseView, 'manifest'>): void {
  // Of a model that throws dice the condition says more.
  if (provesOnlySignature(manifest)) return;
  const truth = truthOf(manifest);
  if (truth !== null) rows.add('example', words[truth]);
}
