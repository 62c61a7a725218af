import { encodeTexts } from '../tensor/encode-texts.ts';
import { numberToHalf } from '../tensor/half.ts';
import { readElements } from '../tensor/read-elements.ts';
import { countElements, type Tensor } from '../tensor/tensor.ts';
import { wholeArrays } from '../tensor/whole-arrays.ts';
import { type NextNumber, seededNumbers } from './seeded-numbers.ts';

/**
 * How far made-up values may leave those of the example: `wide` finds more, but a model that looks things up by number
 * refuses what is not in its table; `narrow` stays among whole numbers and texts that the example shows.
 */
export type InputRange = 'wide' | 'narrow';

/**
 * Inputs for a check: tensors named, typed and shaped like those of an example, with values that follow from the seed.
 * `index` numbers the inputs of one check. The same arguments give the same bytes on every machine.
 *
 * Floats are spread evenly over [-m, m], m the largest finite magnitude of the example and at least 1; whole numbers
 * over the example's own range (narrow) or a wider one; texts are the example's, some of them replaced when wide.
 */
export function deriveInputs(example: readonly Tensor[], seed: Uint8Array, index: number, range: InputRange): Tensor[] {
  return example.map((tensor) => ({
    ...tensor,
    shape: [...tensor.shape],
    data: valuesLike(tensor, seededNumbers(seed, `${index}/${range}/${tensor.name}`), range),
  }));
}

function valuesLike(tensor: Tensor, next: NextNumber, range: InputRange): Uint8Array {
  const { datatype } = tensor;
  const count = countElements(tensor.shape);
  if (datatype === 'BYTES') return texts(readElements(tensor) as string[], next, range);
  if (datatype === 'BOOL') return Uint8Array.from({ length: count }, () => next() >>> 31);
  if (datatype === 'FP16') return halves(count, reachOf(tensor), next);
  if (datatype === 'FP32' || datatype === 'FP64') return floats(datatype, count, reachOf(tensor), next);
  return integers(tensor, count, next, range);
}

/** From -1 to 1 in steps that every float from 32 bits on holds exactly. */
const fraction = (next: NextNumber) => ((next() >>> 8) - 2 ** 23) / 2 ** 23;

function reachOf(tensor: Tensor): number {
  let reach = 1;
  for (const value of readElements(tensor) as Float32Array) {
    const size = Math.abs(value);
    if (size > reach && size <= largestReach) reach = size;
  }
  return reach;
}

/** Beyond it the sums inside a model leave the range of a float, and every answer is NaN. */
const largestReach = 1e6;

function floats(datatype: 'FP32' | 'FP64', count: number, reach: number, next: NextNumber): Uint8Array {
  const values = datatype === 'FP32' ? new Float32Array(count) : new Float64Array(count);
  for (let at = 0; at < count; at++) values[at] = fraction(next) * reach;
  return new Uint8Array(values.buffer);
}

function halves(count: number, reach: number, next: NextNumber): Uint8Array {
  const bits = new Uint16Array(count);
  for (let at = 0; at < count; at++) bits[at] = numberToHalf(fraction(next) * Math.min(reach, 65_504));
  return new Uint8Array(bits.buffer);
}

type WholeType = keyof typeof wholeArrays;

function integers(tensor: Tensor, count: number, next: NextNumber, range: InputRange): Uint8Array {
  const datatype = tensor.datatype as WholeType;
  const { low, span } = boundsOf(tensor, range);
  const values = new wholeArrays[datatype](count);
  for (let at = 0; at < count; at++) {
    const value = low + (BigInt(next()) % span);
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) values[at] = value;
    else values[at] = Number(value);
  }
  return new Uint8Array(values.buffer);
}

/** The least value and how many there are to choose from. A byte of an image takes all of its values. */
function boundsOf(tensor: Tensor, range: InputRange): { low: bigint; span: bigint } {
  if (range === 'wide' && tensor.datatype === 'UINT8') return { low: 0n, span: 256n };
  if (range === 'wide' && tensor.datatype === 'INT8') return { low: -128n, span: 256n };
  const { least, most } = extentOf(readElements(tensor) as BigInt64Array | Int32Array);
  // Sizes and trip counts are whole numbers too: far beyond the example a model would take all memory.
  const more = range === 'wide' ? max(8n, most - least) : 0n;
  const top = most + more > limitOf(tensor.datatype as WholeType) ? most : most + more;
  const span = top - least + 1n;
  return { low: least, span: span > 2n ** 32n ? 2n ** 32n : span };
}

function extentOf(elements: BigInt64Array | Int32Array): { least: bigint; most: bigint } {
  let least: bigint | number = elements[0] ?? 0;
  let most = least;
  for (const value of elements) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least: BigInt(least), most: BigInt(most) };
}

function limitOf(datatype: WholeType): bigint {
  const bits = BigInt(8 * wholeArrays[datatype].BYTES_PER_ELEMENT);
  return datatype.startsWith('U') ? 2n ** bits - 1n : 2n ** (bits - 1n) - 1n;
}

const max = (a: bigint, b: bigint) => (a > b ? a : b);

function texts(example: readonly string[], next: NextNumber, range: InputRange): Uint8Array {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const word = () => Array.from({ length: 8 }, () => letters[next() % letters.length]).join('');
  return encodeTexts(
    example.map(() => {
      const known = example[next() % example.length] ?? '';
      return range === 'wide' && next() % 2 === 0 ? word() : known;
    }),
  );
}
