import { usageError } from '../errors/cli-error.ts';

/** A whole number of an option, within bounds. */
export function parseWholeNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usageError(`--${option} ${text} is out of range.`, `Give a whole number from ${min} to ${max}.`);
}
