import type { Tolerance } from '@callable/protocol';
import { usageError } from '../errors/cli-error.ts';

/** `0.01` or `0.01,0.0001`: a part of the value, and an amount beside it, which is a hundredth of the part where it is left out. */
export function parseTolerance(text: string): Tolerance {
  const [part = '', amount, ...more] = text.split(',').map((one) => one.trim());
  const rtol = Number(part);
  const atol = amount === undefined ? rtol / 100 : Number(amount);
  const isRight =
    part !== '' && amount !== '' && more.length === 0 && rtol >= 0 && rtol <= 1 && atol >= 0 && atol <= 1e6;
  if (isRight) return { rtol, atol };
  throw usageError(
    `--tolerance ${text} is no tolerance.`,
    'Write a part of the value from 0 to 1, and if need be an amount: --tolerance 0.01 or --tolerance 0.01,0.0001',
  );
}
