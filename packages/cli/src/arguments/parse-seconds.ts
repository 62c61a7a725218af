import { usageError } from '../errors/cli-error.ts';

/** Milliseconds of an option in seconds: above zero, at most a day. */
export function parseSeconds(option: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0 && seconds <= 86_400) return Math.ceil(seconds * 1000);
  throw usageError(
    `--${option} ${text} is not a number of seconds.`,
    `Give one above 0, at most 86400: --${option} 60`,
  );
}
