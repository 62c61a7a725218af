/**
 * A number as JSON text that loses nothing. From 2^53 on it has an exponent: plain digits are left to 64-bit integers, so
 * a reader can tell them from a float that may stand for its neighbours too. NaN and infinities are strings.
 */
export function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (Object.is(value, -0)) return '-0';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}
