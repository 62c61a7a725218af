import { type Datatype, datatypes } from '../datatype.ts';
import { ownMember } from '../json/own-member.ts';
import { compareBytes } from './compare-bytes.ts';
import type { Tensor } from './tensor.ts';

const encoder = new TextEncoder();
const label = encoder.encode('tensors/v1\0');

/**
 * Feeds the canonical form of a set of tensors into a hash, normally an incremental SHA-256.
 * The order of the tensors does not matter. `salt` is 32 bytes, so that whoever sees a digest
 * cannot guess a small input from it.
 *
 * `"tensors/v1\0" ‖ salt ‖ u32 n ‖` for each tensor by name in UTF-8 order
 * `u16 name length ‖ name ‖ u8 ONNX datatype ‖ u8 rank ‖ u64 dimensions… ‖ u64 length ‖ data`,
 * integers little-endian. Every NaN counts as the canonical one: machines disagree on its bits.
 */
export function tensorDigest(
  tensors: readonly Tensor[],
  salt: Uint8Array,
  hash: { update(bytes: Uint8Array): unknown },
): void {
  if (salt.length !== 32) throw new RangeError(`the salt of a tensor digest is 32 bytes, not ${salt.length}`);
  const named = tensors.map((tensor) => ({ tensor, name: encoder.encode(tensor.name) }));
  named.sort((a, b) => compareBytes(a.name, b.name));
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, tensors.length, true);
  hash.update(label);
  hash.update(salt);
  hash.update(head);
  for (const { tensor, name } of named) {
    hash.update(tensorHead(tensor, name));
    hash.update(withoutNanBits(tensor.datatype, tensor.data));
  }
}

function tensorHead({ datatype, shape, data }: Tensor, name: Uint8Array): Uint8Array {
  if (name.length > 0xffff || shape.length > 0xff) throw new RangeError('a tensor name or rank is beyond its digest');
  const out = new Uint8Array(2 + name.length + 2 + 8 * shape.length + 8);
  const view = new DataView(out.buffer);
  view.setUint16(0, name.length, true);
  out.set(name, 2);
  let at = 2 + name.length;
  out[at++] = datatypes[datatype].onnx;
  out[at++] = shape.length;
  for (const number of [...shape, data.length]) {
    view.setUint32(at, number % 2 ** 32, true);
    view.setUint32(at + 4, Math.floor(number / 2 ** 32), true);
    at += 8;
  }
  return out;
}

/** The data, copied only if it holds a NaN whose bits must be made canonical. */
function withoutNanBits(datatype: Datatype, data: Uint8Array): Uint8Array {
  const float = ownMember(floats, datatype);
  if (!float) return data;
  const { width, high, infinity, nan } = float;
  const words = width === 2 ? Uint16Array : Uint32Array;
  const step = words.BYTES_PER_ELEMENT;
  const own = data.byteOffset % step === 0 ? data : data.slice();
  const values: Uint16Array | Uint32Array = new words(
    own.buffer as ArrayBuffer,
    own.byteOffset,
    Math.floor(own.length / step),
  );
  let copy: Uint16Array | Uint32Array | null = null;
  const stride = width / step;
  for (let i = stride - 1; i < values.length; i += stride) {
    const top = (values[i] as number) & high;
    if (top < infinity || (top === infinity && (stride === 1 || values[i - 1] === 0))) continue;
    copy ??= values.slice();
    copy[i] = nan;
    if (stride === 2) copy[i - 1] = 0;
  }
  return copy ? new Uint8Array(copy.buffer) : data;
}

/** Exponent and fraction in the highest word of each float: all above infinity is NaN. */
const floats = {
  FP16: { width: 2, high: 0x7fff, infinity: 0x7c00, nan: 0x7e00 },
  FP32: { width: 4, high: 0x7fffffff, infinity: 0x7f800000, nan: 0x7fc00000 },
  FP64: { width: 8, high: 0x7fffffff, infinity: 0x7ff00000, nan: 0x7ff80000 },
};
