import { joinBytes } from '../bytes/join-bytes.ts';
import { datatypes } from '../datatype.ts';
import { readElements } from '../tensor/read-elements.ts';
import { countElements, type Tensor } from '../tensor/tensor.ts';
import { manifestLimits } from './limits.ts';

/** What a vector file holds. */
export type VectorTensors = { inputs: Tensor[]; outputs: Tensor[] };

/** Whoever runs a release whose vectors are binary must understand this word of `needs.abilities`. */
export const binaryVectors = 'binary-vectors';

const magic = new TextEncoder().encode('callable.vector/v1\n');

/** More elements on one side are 170 MB of JSON at worst: a small file that repeats itself must not grow beyond that. */
const mostElements = 6 * 2 ** 20;
const longestHead = 512 * 1024;

type Head = { inputs: TensorHead[]; outputs: TensorHead[] };
type TensorHead = { name: string; datatype: Tensor['datatype']; shape: number[]; bytes: number };

/** Whether these bytes are a vector in its binary form. The JSON form begins with a brace. */
export const isBinaryVector = (bytes: Uint8Array): boolean => magic.every((byte, at) => bytes[at] === byte);

/**
 * A vector as bytes: `"callable.vector/v1\n" ‖ u32 length of the head ‖ head ‖ data of each tensor`, little-endian. The
 * head is JSON, `{inputs, outputs}`, both lists of `{name, datatype, shape, bytes}`; data lies as `Tensor` says. Where
 * `bytes` is less than the shape takes, the data is repeated until the tensor is full: made-up images take a few bytes.
 */
export function encodeVectorFile({ inputs, outputs }: VectorTensors): Uint8Array {
  const parts: Uint8Array[] = [];
  const heads = (tensors: readonly Tensor[]) =>
    tensors.map(({ name, datatype, shape, data }): TensorHead => {
      const kept = datatypes[datatype].bytes === null ? data : data.subarray(0, periodOf(data));
      parts.push(kept);
      return { name, datatype, shape, bytes: kept.length };
    });
  const head = new TextEncoder().encode(JSON.stringify({ inputs: heads(inputs), outputs: heads(outputs) }));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length, true);
  const whole = [magic, length, head, ...parts];
  return joinBytes(
    whole,
    whole.reduce((sum, part) => sum + part.length, 0),
  );
}

/** Reads it back, each tensor in memory of its own; null for whatever `encodeVectorFile` does not write. A stranger wrote it. */
export function decodeVectorFile(file: Uint8Array): VectorTensors | null {
  if (!isBinaryVector(file) || file.length < magic.length + 4) return null;
  const length = new DataView(file.buffer, file.byteOffset + magic.length).getUint32(0, true);
  let at = magic.length + 4 + length;
  if (length > longestHead || at > file.length) return null;
  const head = parseHead(file.subarray(magic.length + 4, at));
  if (!head) return null;
  const take = (heads: readonly TensorHead[]): Tensor[] | null => {
    const tensors: Tensor[] = [];
    let elements = 0;
    for (const { name, datatype, shape, bytes } of heads) {
      const stored = file.subarray(at, at + bytes);
      elements += countElements(shape);
      if (stored.length !== bytes || !(elements <= mostElements)) return null;
      at += bytes;
      const data = fill({ name, datatype, shape, data: stored });
      if (!data) return null;
      tensors.push({ name, datatype, shape, data });
    }
    return tensors;
  };
  const inputs = take(head.inputs);
  const outputs = inputs && take(head.outputs);
  return outputs && at === file.length ? { inputs, outputs } : null;
}

function parseHead(bytes: Uint8Array): Head | null {
  try {
    const head = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Partial<Head> | null;
    const { inputs, outputs } = head ?? {};
    return isHeads(inputs) && isHeads(outputs) ? { inputs, outputs } : null;
  } catch {
    return null;
  }
}

function isHeads(value: unknown): value is TensorHead[] {
  if (!Array.isArray(value) || value.length > manifestLimits.tensors) return false;
  const names = new Set<unknown>();
  return value.every((each: Partial<TensorHead> | null) => {
    const { name, datatype, shape, bytes } = each ?? {};
    if (typeof name !== 'string' || names.has(name)) return false;
    names.add(name);
    return (
      typeof datatype === 'string' &&
      Object.hasOwn(datatypes, datatype) &&
      Array.isArray(shape) &&
      shape.length <= manifestLimits.rank &&
      shape.every(isSize) &&
      isSize(bytes)
    );
  });
}

const isSize = (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 31;

/** The data of a whole tensor from what is stored of it, or null where it cannot be that of its shape. */
function fill(tensor: Tensor): Uint8Array | null {
  const { datatype, shape, data: stored } = tensor;
  const width = datatypes[datatype].bytes;
  try {
    if (width === null) return readElements(tensor).length === countElements(shape) ? stored.slice() : null;
  } catch {
    return null;
  }
  const size = countElements(shape) * width;
  if (stored.length > size || stored.length % width !== 0 || (stored.length === 0 && size > 0)) return null;
  const data = new Uint8Array(size);
  data.set(stored);
  // Each copy doubles what is there; the stored part stays in step.
  for (let done = stored.length; done < size; done *= 2) data.copyWithin(done, 0, Math.min(done, size - done));
  return data;
}

/** The shortest length in which the bytes repeat themselves, tried at powers of two up to 4 KiB; else all of them. */
function periodOf(data: Uint8Array): number {
  for (let period = 8; period <= 4096 && period < data.length; period *= 2) {
    let at = period;
    while (at < data.length && data[at] === data[at - period]) at++;
    if (at === data.length) return period;
  }
  return data.length;
}
