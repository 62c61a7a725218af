/** Sixteen digits may be more than a number holds; JSON that has none is what JSON.parse makes of it. */
const suspect = /[[:,\s]-?\d{16}/;
/** Each quote and number; an escape is passed over whole. No part repeats another: a long string costs no stack. */
const token = /\\.|"|-?\d[\d.eE+-]*/g;
const whole = /^-?[1-9]\d{15,19}$/;

/**
 * What JSON.parse makes of a text, but whole numbers beyond ±(2^53 - 1) are BigInt, exact to the last digit: up to 20 digits
 * without point or exponent, which is all of INT64 and UINT64. Throws SyntaxError for what is no JSON.
 *
 * JSON.parse tells the digits it read only from Node 21 on. Before it they become strings, under a mark no sender foresees.
 */
export function readExactJson(text: string): unknown {
  if (!suspect.test(text)) return JSON.parse(text);
  const mark = `${Math.random()} `;
  let inside = false;
  const marked = text.replace(token, (found) => {
    if (found === '"') inside = !inside;
    return !inside && whole.test(found) && !Number.isSafeInteger(Number(found)) ? `"${mark}${found}"` : found;
  });
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}
