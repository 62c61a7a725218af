import type { ModelSummary, Vector } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';
import { compareExpected } from './compare-expected.ts';
import type { Expected } from './read-expected.ts';

/** Whether a published vector says the same as the framework does now; where nothing is expected, any does. */
export function holdsExpected(
  vector: Vector,
  outputs: string,
  expected: Expected | null,
  { outputs: known, flags }: Pick<ModelSummary, 'outputs' | 'flags'>,
): boolean {
  if (!expected) return true;
  if ([...expected.values.keys()].some((name) => !vector.expected?.includes(name))) return false;
  const exactly = { rtol: 0, atol: 0 };
  const outputValues = JSON.parse(outputs) as Record<string, unknown>;
  try {
    compareExpected({ inputs: '', outputs, outputValues, tolerance: exactly }, expected, exactly, {
      outputs: known,
      flags,
    });
    return true;
  } catch (error) {
    if (error instanceof CliError) return false;
    throw error;
  }
}
