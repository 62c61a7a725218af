import type { Datatype } from '@callable/protocol';
import type { Tensor } from '@callable/protocol/tensor';

type Head = { name: string; datatype: Datatype; shape: number[]; bytes: number };

/**
 * Tensors as they are, between the node and a runner: u32 length of the head, the head as JSON, the data of each tensor
 * one after the other. Checks send the same inputs to two runtimes and compare every bit of what comes back; through
 * JSON that would cost several times what the models do.
 */
export function encodeRawTensors(tensors: readonly Tensor[]): Uint8Array {
  const heads = tensors.map(({ name, datatype, shape, data }): Head => ({ name, datatype, shape, bytes: data.length }));
  const text = Buffer.from(JSON.stringify(heads));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, ...tensors.map(({ data }) => data)]);
}

/** Reads them back, each in memory of its own. Throws RangeError when the bytes are not what `encodeRawTensors` writes. */
export function decodeRawTensors(bytes: Uint8Array): Tensor[] {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 4 + (body.length < 4 ? Number.POSITIVE_INFINITY : body.readUInt32LE());
  if (at > body.length) throw new RangeError('raw tensors end before their head does');
  const heads = JSON.parse(body.toString('utf8', 4, at)) as Head[];
  return heads.map(({ name, datatype, shape, bytes: length }) => {
    if (!(length >= 0 && at + length <= body.length)) throw new RangeError('raw tensors end before their data does');
    // A copy: elements of 8 bytes are only read where they are aligned.
    const data = Uint8Array.prototype.slice.call(body, at, at + length);
    at += length;
    return { name, datatype, shape, data };
  });
}
