import { createRelease } from './create-release.ts';
import { doublingModel } from './doubling-model.ts';
import type { Release, ReleaseFields } from './release.ts';

/** A release of y = 2x with a vector that passes. */
export function doublingRelease(fields: ReleaseFields = {}, model: Parameters<typeof doublingModel>[0] = {}): Release {
  return createRelease({ 'model.onnx': doublingModel(model) }, { vectors: doublingVectors, ...fields });
}

/** What holds of every model that doubles x. */
export const doublingVectors = [
  { name: 'one', inputs: { x: [1, 2.5] }, outputs: { y: [2, 5] }, rtol: 1e-4, atol: 1e-6 },
];
