import type { ShapedInput } from './size-axes.ts';

/** What an example is filled with, in words that are told to its publisher. */
export const fillings = ['usual values', 'counting', 'zeros and ones', 'ones', 'zeros', 'twos'] as const;
export type Filling = (typeof fillings)[number];

/**
 * Gives each element of an input in turn. `usual values` goes by the names inputs have: masks are one, positions count,
 * lengths are those of the sequences. `counting` is small numbers in an order that is not constant. The others are for models that
 * look values up in small tables, or divide by them.
 */
export function fillElements(
  input: ShapedInput,
  shape: readonly number[],
  filling: Filling,
  longest: number,
): (at: number) => unknown {
  const { datatype } = input;
  if (datatype === 'BYTES') return (at) => ['one', 'two', 'three', 'four'][at % 4];
  const whole = numberOf(input, shape, filling, longest);
  if (whole !== null) return datatype === 'BOOL' ? (at) => whole(at) !== 0 : whole;
  if (datatype === 'BOOL') return (at) => at % 2 === 1;
  // Small numbers that are exact in every precision.
  return datatype.startsWith('FP') ? (at) => ((at * 5) % 8) / 8 : (at) => (at * 5 + 1) % 4;
}

/** Null for small numbers that count. */
function numberOf(
  { name, datatype }: ShapedInput,
  shape: readonly number[],
  filling: Filling,
  longest: number,
): ((at: number) => number) | null {
  switch (filling) {
    case 'zeros and ones':
      return (at) => at % 2;
    case 'ones':
      return () => 1;
    case 'zeros':
      return () => 0;
    case 'twos':
      return () => 2;
    case 'counting':
      return null;
  }
  const text = name.toLowerCase();
  if (/mask/.test(text)) return () => 1;
  if (datatype.startsWith('FP') || datatype === 'BOOL') return null;
  if (/token_?type|segment/.test(text)) return () => 0;
  if (/position|pos_?ids?$/.test(text)) return (at) => at % Math.max(1, shape.at(-1) ?? 1);
  if (/(^|_)(len|lens|length|lengths)$/.test(text) || /seq_?len/.test(text)) return () => longest;
  return /^(sr|sample_?rate|sampling_?rate)$/.test(text) ? () => 16_000 : null;
}
