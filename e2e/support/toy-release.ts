import type { Address, Manifest } from '@callable/protocol';
import { testModel } from '@callable/test-engine';
import { describeModel, type Release } from './describe-model.ts';

/**
 * y = 2x of the toy format, with what these lines do beside, such as `13 abort`: it ends, stalls or fills its runner on
 * command, within bounds, where a model of a true format would need a fault of outside software. Its vector holds.
 */
export function toyRelease(publisher: Address, name: string, ...lines: string[]): Release {
  const floats = (each: string) => ({ name: each, datatype: 'FP32' as const, shape: [-1] });
  const vectors = [{ name: 'one', inputs: { x: [1] }, outputs: { y: [2] }, rtol: 1e-3, atol: 1e-6 }];
  const fields = { format: 'test', needs: { memoryBytes: 1_000_000 } } as Partial<Manifest>;
  const files = { 'model.test': testModel('scale 2', ...lines) };
  return describeModel(publisher, name, files, { inputs: [floats('x')], outputs: [floats('y')], vectors, ...fields });
}
