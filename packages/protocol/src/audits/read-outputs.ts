import { joinBytes } from '../bytes/join-bytes.ts';
import { sliceMembers } from '../json/slice-members.ts';
import type { CallEncoding } from '../link/call-encoding.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { parseOipInputs } from '../tensor/parse-oip-inputs.ts';
import { parsePlainInputs } from '../tensor/parse-plain-inputs.ts';
import type { Tensor, TensorSpec } from '../tensor/tensor.ts';

/** Of which release outputs are, and how they are written. */
export type WrittenOutputs = { encoding: CallEncoding; manifest: Pick<Manifest, 'outputs'> };

const opening = new TextEncoder().encode('{"inputs":');
const closing = new TextEncoder().encode('}');

/**
 * Outputs as they went over the wire. An answer has the shape of a request: the same parser reads it. A manifest cannot know
 * every shape a model gives, so another one than it declares is read too; another name or datatype is not, and gives null.
 */
export function readOutputs(bytes: Uint8Array, { encoding, manifest }: WrittenOutputs): Tensor[] | null {
  if (encoding === 'plain') {
    const verdict = parsePlainInputs(bytes, manifest.outputs);
    if (verdict.ok) return verdict.value;
    const again = parsePlainInputs(bytes, withNestedRanks(bytes, manifest.outputs));
    return again.ok ? again.value : null;
  }
  const shapes = shapesIn(bytes);
  const specs = manifest.outputs.flatMap((spec) => {
    const shape = shapes.get(spec.name);
    return shape ? [{ ...spec, shape }] : [];
  });
  const request = joinBytes([opening, bytes, closing], opening.length + bytes.length + closing.length);
  const verdict = parseOipInputs(request, specs, []);
  return verdict.ok ? verdict.value.tensors : null;
}

/** Each output with as many open axes as the brackets it begins with. */
function withNestedRanks(bytes: Uint8Array, outputs: readonly TensorSpec[]): TensorSpec[] {
  const members = sliceMembers(bytes);
  return outputs.map((spec) => ({ ...spec, shape: Array(rankOf(members?.get(spec.name))).fill(-1) }));
}

/** Deeper than the manifest can say is no tensor of ours; the parser refuses it. */
const mostRank = 16;

function rankOf(value: Uint8Array | undefined): number {
  let rank = 0;
  for (const byte of value ?? []) {
    if (byte === 0x5b) rank++;
    else if (byte > 0x20) break;
    if (rank === mostRank) break;
  }
  return rank;
}

/** Which outputs the caller asked for is in neither the manifest nor the receipt, and their shapes only in the answer. */
function shapesIn(bytes: Uint8Array): Map<unknown, number[]> {
  try {
    const list = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    const items = Array.isArray(list) ? (list as ({ name?: unknown; shape?: unknown } | null)[]) : [];
    return new Map(items.map((item) => [item?.name, isShape(item?.shape) ? item.shape : []]));
  } catch {
    return new Map();
  }
}

const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= mostRank && value.every((size) => Number.isSafeInteger(size) && size >= 0);
