import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CallableError, manifestLimits, type Tolerance, type Vector } from '@callable/protocol';
import type { SourceFile } from '../models/hash-source.ts';
import { formatBytes } from '../terminal/format-bytes.ts';

/** Nodes read no larger vector file, bytes. */
const longestVector = 16 * 1024 * 1024;

const vectorFile = 'vectors/1.json';

/** Inputs and outputs as JSON text, because numbers beyond 2^53 do not survive being parsed. */
export type Recorded = { name: string; inputs: string; outputs: string; tolerance: Tolerance };

/** The vector, inside the manifest while it is small and exact there, else as a file of the release. */
export async function writeVector(
  { name, inputs, outputs, tolerance }: Recorded,
  directory: string,
): Promise<{ vector: Vector; file: SourceFile | null }> {
  const text = `{"inputs":${inputs},"outputs":${outputs}}`;
  if (text.length > longestVector)
    throw new CallableError(
      'ExampleInvalid',
      `The example and its outputs are ${formatBytes(text.length)} of JSON; nodes read vectors of at most ${formatBytes(longestVector)}. Give a smaller one: --example.`,
    );
  const value = JSON.parse(text) as { inputs: Record<string, unknown>; outputs: Record<string, unknown> };
  if (Buffer.byteLength(text) <= manifestLimits.inlineVectorBytes && isExact(value))
    return { vector: { name, ...value, ...tolerance }, file: null };
  const source = join(directory, 'vector-1.json');
  await writeFile(source, text);
  return { vector: { name, file: vectorFile, ...tolerance }, file: { path: vectorFile, source } };
}

/** Whether every integer is one a double holds exactly; a manifest is canonical JSON, whose numbers are doubles. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (Array.isArray(value)) return value.every(isExact);
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact);
}
