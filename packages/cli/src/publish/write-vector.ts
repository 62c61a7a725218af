import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  binaryVectors,
  CallableError,
  callBodyBytes,
  encodeVectorFile,
  longestJsonVectorBytes,
  longestVectorBytes,
  type Manifest,
  manifestLimits,
  ownMember,
  parsePlainInputs,
  readExactJson,
  readVectorBytes,
  signatureVectors,
  type Tensor,
  type Tolerance,
  type Vector,
  writeNumber,
} from '@callable/protocol';
import type { SourceFile } from '../models/hash-source.ts';
import { openShape } from '../models/resolve-shapes.ts';
import { formatBytes } from '../terminal/format-bytes.ts';

const jsonPath = 'vectors/1.json';
const binaryPath = 'vectors/1.bin';

/** Inputs and outputs as JSON text, because a manifest cannot hold every number. */
export type Recorded = { name: string; inputs: string; outputs: string; tolerance: Tolerance; checks?: 'signature' };

export type WrittenVector = {
  vector: Vector;
  file: SourceFile | null;
  /** What a node has to understand to read it. */
  abilities: string[];
};

/** The vector, inside the manifest while it is small and exact there, else as a file of the release: JSON, or binary where that is long. */
export async function writeVector(
  { name, inputs, outputs, tolerance, checks }: Recorded,
  directory: string,
  specs: Pick<Manifest, 'inputs' | 'outputs'>,
): Promise<WrittenVector> {
  const text = `{"inputs":${inputs},"outputs":${outputs}}`;
  const abilities = checks === undefined ? [] : [signatureVectors];
  const judged = { ...(checks === undefined ? {} : { checks }), ...tolerance };
  if (Buffer.byteLength(text) > longestJsonVectorBytes) {
    const source = join(directory, 'vector-1.bin');
    await writeFile(source, encodeLong(inputs, outputs, specs));
    const vector = { name, file: binaryPath, ...judged };
    return { vector, file: { path: binaryPath, source }, abilities: [binaryVectors, ...abilities] };
  }
  if (Buffer.byteLength(text) <= manifestLimits.inlineVectorBytes) {
    const value = readExactJson(text) as { inputs: Record<string, unknown>; outputs: Record<string, unknown> };
    if (isExact(value)) return { vector: { name, ...value, ...judged }, file: null, abilities };
  }
  const source = join(directory, 'vector-1.json');
  await writeFile(source, text);
  return { vector: { name, file: jsonPath, ...judged }, file: { path: jsonPath, source }, abilities };
}

/** The binary form, read back as a node does. Whoever probes the release sends its inputs as JSON and reads JSON. */
function encodeLong(inputs: string, outputs: string, specs: Pick<Manifest, 'inputs' | 'outputs'>): Uint8Array {
  const answered = JSON.parse(outputs) as Record<string, unknown>;
  const seen = specs.outputs.flatMap((spec) => {
    const value = ownMember(answered, spec.name);
    return value === undefined ? [] : [{ ...spec, shape: openShape(value) }];
  });
  const file = encodeVectorFile({ inputs: tensorsOf(inputs, specs.inputs), outputs: tensorsOf(outputs, seen) });
  // An answer comes with a receipt and a few words around it.
  const largestAnswer = callBodyBytes - 1024 * 1024;
  if (outputs.length > largestAnswer) throw tooLarge('The answer to the example', outputs.length, largestAnswer);
  if (file.length > longestVectorBytes) throw tooLarge('The example with its answer', file.length, longestVectorBytes);
  if (!readVectorBytes({ name: 'example', file: binaryPath, rtol: 0, atol: 0 }, file))
    throw tooLarge('The example', inputs.length, callBodyBytes);
  return file;
}

function tensorsOf(json: string, specs: Manifest['inputs']): Tensor[] {
  const parsed = parsePlainInputs(new TextEncoder().encode(json), specs);
  if (!parsed.ok) throw new CallableError('ExampleInvalid', parsed.problem.message);
  return parsed.value;
}

const tooLarge = (what: string, bytes: number, limit: number) =>
  new CallableError(
    'ExampleInvalid',
    `${what} takes ${formatBytes(bytes)}; what is checked and called carries at most ${formatBytes(limit)}. Give a smaller one (--example), or export the model with smaller inputs and outputs.`,
  );

/** Whether a manifest keeps every number: it is canonical JSON, whose numbers are doubles, and which writes -0 as 0. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return writeNumber(value) === JSON.stringify(value);
  if (typeof value === 'bigint') return false;
  if (Array.isArray(value)) return value.every(isExact);
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact);
}
