import { writeNumber } from '../json/write-number.ts';

/** No FP32 needs more bytes than this, sign and exponent included. */
export const float32Room = 26;

/**
 * Writes the fewest digits that read back as the same FP32, in the notation of `writeNumber`: 1.1, not the
 * 1.100000023841858 of the double that holds it. NaN and infinities are strings. `bytes` must have
 * `float32Room` left at `start`; returns where the text ends.
 *
 * Scales the number to nine or ten digits and drops digits while the rest stays within half a unit
 * in the last place. Doubles hold 2^28 steps between two FP32, so only a result closer to the edge
 * than that doubt, a power of two (whose gap below is half) or a subnormal takes the slow way.
 */
export function writeFloat32(bytes: Uint8Array, start: number, value: number): number {
  if (!Number.isFinite(value)) return putText(bytes, start, `"${value}"`);
  let at = start;
  let size = value;
  if (value < 0 || (value === 0 && 1 / value < 0)) {
    bytes[at++] = 0x2d;
    size = -value;
  }
  if (size < 2 ** 24 && Math.floor(size) === size) return putDigits(bytes, at, size, 0);
  single[0] = size;
  const bits = word[0] as number;
  const exponent = bits >>> 23;
  if ((bits & 0x7fffff) === 0 || exponent === 0) return putText(bytes, at, shortestFloat32(size));
  const scale = scales[exponent] as number;
  const power = powers[scale < 0 ? -scale : scale] as number;
  const scaled = scale < 0 ? size / power : size * power;
  const reach = scale < 0 ? (halfGaps[exponent] as number) / power : (halfGaps[exponent] as number) * power;
  let digits = Math.round(scaled);
  let dropped = 0;
  for (let unit = 10; unit <= 1e10; unit *= 10) {
    const shorter = Math.round(scaled / unit);
    const room = reach - Math.abs(shorter * unit - scaled);
    if (Math.abs(room) < reach * doubt) return putText(bytes, at, shortestFloat32(size));
    if (room < 0) break;
    digits = shorter;
    dropped++;
  }
  return putDigits(bytes, at, digits, dropped - scale);
}

/** The fewest digits that read back as this FP32, by trying. */
export function shortestFloat32(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const near = Number(value.toPrecision(digits));
    if (Math.fround(near) === value) return writeNumber(near);
  }
  return writeNumber(Number(value.toPrecision(9)));
}

/** Scaling errs by three roundings of 2^-53, which is 2^-27 of half a gap. */
const doubt = 2 ** -24;
const exponents = Array.from({ length: 256 }, (_, biased) => biased - 127);
/** By binary exponent: the power of ten that brings a number to 1e8 at least, and to less than 2e9. */
const scales = Int8Array.from(exponents, (exponent) => 8 - Math.floor(exponent * Math.LOG10E * Math.LN2));
const powers = Float64Array.from({ length: 48 }, (_, power) => Number(`1e${power}`));
const halfGaps = Float64Array.from(exponents, (exponent) => 2 ** (exponent - 24));
const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);
const scratch = new Uint8Array(16);

/** Writes digits × 10^power as `writeNumber` does: plain from 1e-6 up to 2^53, otherwise with an exponent. */
function putDigits(bytes: Uint8Array, start: number, digits: number, power: number): number {
  let count = 0;
  let rest = digits | 0;
  do {
    const tenth = (rest / 10) | 0;
    scratch[count++] = 0x30 + rest - tenth * 10;
    rest = tenth;
  } while (rest > 0);
  const point = count + power;
  if (point < -5 || (point > 15 && digits * (powers[power] as number) > Number.MAX_SAFE_INTEGER))
    return putExponent(bytes, start, count, point - 1);
  let at = start;
  if (point <= 0) {
    bytes[at++] = 0x30;
    bytes[at++] = 0x2e;
    for (let i = point; i < 0; i++) bytes[at++] = 0x30;
  }
  for (let i = count - 1; i >= 0; i--) {
    bytes[at++] = scratch[i] as number;
    if (count - i === point && i > 0) bytes[at++] = 0x2e;
  }
  for (let i = 0; i < power; i++) bytes[at++] = 0x30;
  return at;
}

function putExponent(bytes: Uint8Array, start: number, count: number, exponent: number): number {
  let at = start;
  for (let i = count - 1; i >= 0; i--) {
    bytes[at++] = scratch[i] as number;
    if (i === count - 1 && i > 0) bytes[at++] = 0x2e;
  }
  return putText(bytes, at, exponent < 0 ? `e${exponent}` : `e+${exponent}`);
}

function putText(bytes: Uint8Array, start: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
  return start + text.length;
}
