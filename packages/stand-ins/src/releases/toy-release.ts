import { testModel } from '@callable/test-engine';
import { createRelease } from './create-release.ts';
import { doublingVectors } from './doubling-release.ts';
import type { Release, ReleaseFields } from './release.ts';

/**
 * y = 2x of the toy format, with what these lines do beside, such as `13 abort`: it ends, stalls or fills its runner on
 * command, within bounds, where a model of a true format would need a fault of outside software. Its vector holds.
 */
export function toyRelease(name: string, lines: readonly string[], fields: ReleaseFields = {}): Release {
  const said = { name, format: 'test', vectors: doublingVectors, needs: { memoryBytes: 1_000_000 } };
  return createRelease({ 'model.test': testModel('scale 2', ...lines) }, { ...said, ...fields });
}
