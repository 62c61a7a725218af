import { countElements, datatypeOfOnnx, datatypes, encodeTexts, writePlainOutputs } from '@callable/protocol';
import type { FieldSpan } from '../wire/list-fields.ts';

/** A stored tensor as the plain JSON of a manifest. */
export type StoredValue = { name: string; value: unknown; elements: number };

/** Null where it is none, lies in another file, or holds whole numbers that JSON's doubles do not. */
export function readStored(name: string, fields: readonly FieldSpan[]): StoredValue | null {
  const of = (number: number) => fields.filter((field) => field.number === number);
  const datatype = datatypeOfOnnx(Number(varintsOf(of(2)).at(-1) ?? 0n));
  const shape = varintsOf(of(1)).map(Number);
  // Segments and external data.
  if (datatype === null || of(3).length + of(13).length + of(14).length > 0) return null;
  const [raw] = of(9);
  const width = datatypes[datatype].bytes;
  const data = raw
    ? raw.content.slice()
    : datatype === 'BYTES'
      ? encodeTexts(of(6).map(({ content }) => new TextDecoder().decode(content)))
      : datatype === 'FP32'
        ? joinedOf(of(4))
        : datatype === 'FP64'
          ? joinedOf(of(10))
          : wholes(varintsOf([...of(5), ...of(7), ...of(11)]), width ?? 8);
  const elements = countElements(shape);
  // Empty ones say nothing, and what does not fit its shape is for the inspection.
  if (elements === 0 || (width !== null && data.length !== elements * width)) return null;
  if (datatype === 'BYTES' && (raw || of(6).length !== elements)) return null;
  const text = new TextDecoder().decode(writePlainOutputs([{ name: 'v', datatype, shape, data }]));
  const { v: value } = JSON.parse(text) as { v: unknown };
  return isExact(value) ? { name, value, elements } : null;
}

const isExact = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every(isExact)
    : typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value);

/** Single ones and packed runs, in order. */
function varintsOf(fields: readonly FieldSpan[]): bigint[] {
  const found: bigint[] = [];
  for (const { content } of fields) {
    let value = 0n;
    let shift = 0n;
    for (const byte of content) {
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte >= 0x80) continue;
      found.push(BigInt.asIntN(64, value));
      [value, shift] = [0n, 0n];
    }
  }
  return found;
}

function joinedOf(fields: readonly FieldSpan[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, { content }) => sum + content.length, 0));
  let at = 0;
  for (const { content } of fields) {
    bytes.set(content, at);
    at += content.length;
  }
  return bytes;
}

/** Whole numbers of any width, booleans and the bits of halves. */
function wholes(values: readonly bigint[], width: number): Uint8Array {
  const bytes = new Uint8Array(values.length * width);
  values.forEach((value, index) => {
    let rest = BigInt.asUintN(64, value);
    for (let at = 0; at < width; at++, rest >>= 8n) bytes[index * width + at] = Number(rest & 255n);
  });
  return bytes;
}
