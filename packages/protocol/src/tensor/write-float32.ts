import type { JsonWriter } from './json-writer.ts';

/** No FP32 needs more bytes than this, sign and exponent included. */
export const float32Room = 26;

/**
 * Writes the fewest digits that read back as the same FP32, in JavaScript's notation: 1.1, not the
 * 1.100000023841858 of the double that holds it. The writer must have `float32Room` left.
 *
 * Scales the number to nine digits and drops digits while the rest stays within half a unit in the
 * last place. Doubles hold 2^28 steps between two FP32, so only a result closer to the edge than
 * that doubt, a power of two (whose gap below is half) or a subnormal takes the slow way.
 */
export function writeFloat32(writer: JsonWriter, value: number): void {
  if (!Number.isFinite(value)) writer.ascii(`"${value}"`);
  else {
    const negative = value < 0 || Object.is(value, -0);
    const size = negative ? -value : value;
    if (negative) writer.put(0x2d);
    if (size < 2 ** 24 && Math.floor(size) === size) writeDigits(writer, size, 0);
    else if (!writeScaled(writer, size)) writer.ascii(shortestFloat32(size));
  }
}

/** The quick way; false, with nothing written, when it is not sure. */
function writeScaled(writer: JsonWriter, size: number): boolean {
  single[0] = size;
  const bits = word[0] as number;
  const scale = 8 - Math.floor(Math.log10(size));
  if ((bits & 0x7fffff) === 0 || bits < 0x00800000 || scale > mostScale || scale < -mostScale) return false;
  const power = powers[scale < 0 ? -scale : scale] as number;
  const scaled = scale < 0 ? size / power : size * power;
  const halfGap = halfGaps[bits >>> 23] as number;
  const reach = scale < 0 ? halfGap / power : halfGap * power;
  let digits = Math.round(scaled);
  let dropped = 0;
  for (let unit = 10; unit <= 1e9; unit *= 10) {
    const shorter = Math.round(scaled / unit);
    const room = reach - Math.abs(shorter * unit - scaled);
    if (Math.abs(room) < reach * doubt) return false;
    if (room < 0) break;
    digits = shorter;
    dropped++;
  }
  writeDigits(writer, digits, dropped - scale);
  return true;
}

/** The fewest digits that read back as this FP32, by trying. */
export function shortestFloat32(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const near = Number(value.toPrecision(digits));
    if (Math.fround(near) === value) return String(near);
  }
  return String(Number(value.toPrecision(9)));
}

/** Scaling errs by three roundings of 2^-53, which is 2^-27 of half a gap. */
const doubt = 2 ** -24;
const mostScale = 46;
const powers = Float64Array.from({ length: mostScale + 1 }, (_, power) => Number(`1e${power}`));
const halfGaps = Float64Array.from({ length: 256 }, (_, exponent) => 2 ** (exponent - 127 - 24));
const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);
const scratch = new Uint8Array(16);

/** Writes digits × 10^power as JavaScript does: plain from 1e-6 up to 1e21, otherwise with an exponent. */
function writeDigits(writer: JsonWriter, digits: number, power: number): void {
  let count = 0;
  let rest = digits;
  do {
    const tenth = Math.floor(rest / 10);
    scratch[count++] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  } while (rest > 0);
  const point = count + power;
  if (point > 21 || point < -5) writeExponent(writer, count, point - 1);
  else writePlain(writer, count, power, point);
}

function writePlain(writer: JsonWriter, count: number, power: number, point: number): void {
  if (point <= 0) {
    writer.put(0x30);
    writer.put(0x2e);
    for (let i = point; i < 0; i++) writer.put(0x30);
  }
  for (let i = 0; i < count; i++) {
    if (i === point && i > 0) writer.put(0x2e);
    writer.put(scratch[count - 1 - i] as number);
  }
  for (let i = 0; i < power; i++) writer.put(0x30);
}

function writeExponent(writer: JsonWriter, count: number, exponent: number): void {
  for (let i = 0; i < count; i++) {
    if (i === 1) writer.put(0x2e);
    writer.put(scratch[count - 1 - i] as number);
  }
  writer.ascii(exponent < 0 ? `e${exponent}` : `e+${exponent}`);
}
