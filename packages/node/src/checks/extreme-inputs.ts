import { encodeTexts, type Manifest, type Tensor } from '@callable/protocol';

export type ExtremeInput = { name: string; inputs: Tensor[] };

type FloatPattern = { FP16: number; FP32: number; FP64: number };

const floatBits: Record<'ones' | 'minus ones' | 'largest' | 'smallest' | 'not a number' | 'infinity', FloatPattern> = {
  ones: { FP16: 0x3c00, FP32: 1, FP64: 1 },
  'minus ones': { FP16: 0xbc00, FP32: -1, FP64: -1 },
  largest: { FP16: 0x7bff, FP32: 3.4028234663852886e38, FP64: Number.MAX_VALUE },
  smallest: { FP16: 0xfbff, FP32: -3.4028234663852886e38, FP64: -Number.MAX_VALUE },
  'not a number': { FP16: 0x7e00, FP32: Number.NaN, FP64: Number.NaN },
  infinity: { FP16: 0x7c00, FP32: Number.POSITIVE_INFINITY, FP64: Number.POSITIVE_INFINITY },
};

/**
 * Inputs that few models were ever tried with: zeros, ones, minus ones, both ends of each datatype, different ends side
 * by side, NaN, infinity, and no rows. Shaped like the example; values that no datatype of the model has are left out.
 */
export function extremeInputs(example: readonly Tensor[], specs: Manifest['inputs']): ExtremeInput[] {
  const hasFloats = example.some(({ datatype }) => datatype.startsWith('FP'));
  const least = extreme('smallest', 'least');
  const minus = extreme('minus ones', -1n);
  const list: ExtremeInput[] = [
    { name: 'zeros', inputs: example.map((tensor) => filled(tensor, zeros)) },
    { name: 'ones', inputs: example.map((tensor) => filled(tensor, extreme('ones', 1n))) },
    { name: 'the smallest numbers', inputs: example.map((tensor) => filled(tensor, least)) },
    { name: 'the largest numbers', inputs: example.map((tensor) => filled(tensor, extreme('largest', 'most'))) },
  ];
  list.push({ name: 'minus ones', inputs: example.map((tensor) => filled(tensor, minus)) });
  // Operators that take two inputs meet different ends only here.
  for (const parity of example.length > 1 ? [0, 1] : []) {
    const inputs = example.map((tensor, index) => filled(tensor, index % 2 === parity ? least : minus));
    list.push({ name: 'the smallest numbers beside minus ones', inputs });
  }
  if (hasFloats) {
    list.push({ name: 'NaN', inputs: example.map((tensor) => onlyFloats(tensor, extreme('not a number', 0n))) });
    list.push({ name: 'infinity', inputs: example.map((tensor) => onlyFloats(tensor, extreme('infinity', 0n))) });
  }
  const batch = withoutRows(example, specs);
  return batch ? [...list, { name: 'an empty batch', inputs: batch }] : list;
}

/** Fills all elements of a tensor with one value. */
type Fill = (view: DataView, at: number, datatype: Tensor['datatype']) => void;

const zeros: Fill = () => {};

function extreme(float: keyof typeof floatBits, whole: bigint | 'least' | 'most'): Fill {
  return (view, at, datatype) => {
    switch (datatype) {
      case 'FP16':
        return view.setUint16(at, floatBits[float].FP16, true);
      case 'FP32':
        return view.setFloat32(at, floatBits[float].FP32, true);
      case 'FP64':
        return view.setFloat64(at, floatBits[float].FP64, true);
      case 'BOOL':
        return view.setUint8(at, whole === 'least' ? 0 : 1);
      case 'BYTES':
        return;
      default:
        return setWhole(view, at, datatype, whole);
    }
  };
}

function setWhole(view: DataView, at: number, datatype: string, whole: bigint | 'least' | 'most'): void {
  const bits = Number(/\d+$/.exec(datatype)?.[0]);
  const unsigned = datatype.startsWith('U');
  const least = unsigned ? 0n : -(2n ** BigInt(bits - 1));
  const most = unsigned ? 2n ** BigInt(bits) - 1n : 2n ** BigInt(bits - 1) - 1n;
  const value = BigInt.asUintN(64, whole === 'least' ? least : whole === 'most' ? most : whole);
  if (bits === 64) view.setBigUint64(at, value, true);
  else if (bits === 32) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  else if (bits === 16) view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
  else view.setUint8(at, Number(BigInt.asUintN(8, value)));
}

const widths: Partial<Record<Tensor['datatype'], number>> = {
  ...{ FP16: 2, INT16: 2, UINT16: 2, FP32: 4, INT32: 4, UINT32: 4, FP64: 8, INT64: 8, UINT64: 8 },
  ...{ BOOL: 1, INT8: 1, UINT8: 1 },
};

function filled(tensor: Tensor, fill: Fill): Tensor {
  if (tensor.datatype === 'BYTES') return { ...tensor, data: encodeTexts(Array(countOf(tensor)).fill('')) };
  const width = widths[tensor.datatype] ?? 1;
  const data = new Uint8Array(tensor.data.length);
  if (data.length === 0) return { ...tensor, data };
  fill(new DataView(data.buffer), 0, tensor.datatype);
  // Each copy doubles what is there.
  for (let done = width; done < data.length; done *= 2) data.copyWithin(done, 0, Math.min(done, data.length - done));
  return { ...tensor, data };
}

/** Sizes and positions stay as they are, so that the floats reach the kernels. */
function onlyFloats(tensor: Tensor, fill: Fill): Tensor {
  return tensor.datatype.startsWith('FP') ? filled(tensor, fill) : tensor;
}

function countOf({ shape }: Tensor): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Every input whose first dimension is open gets no rows; null where none is open. */
function withoutRows(example: readonly Tensor[], specs: Manifest['inputs']): Tensor[] | null {
  const isOpen = (name: string) => specs.find((spec) => spec.name === name)?.shape[0] === -1;
  if (!example.some(({ name }) => isOpen(name))) return null;
  return example.map((tensor) =>
    isOpen(tensor.name) ? { ...tensor, shape: [0, ...tensor.shape.slice(1)], data: new Uint8Array(0) } : tensor,
  );
}
