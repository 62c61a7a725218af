import { usageError } from '../errors/cli-error.ts';

/** Words separated by commas, each one of those that are allowed, in the order of those. */
export function parseWords<Word extends string>(option: string, text: string, allowed: readonly Word[]): Word[] {
  const given = new Set(text.split(',').map((word) => word.trim()));
  const words = allowed.filter((word) => given.has(word));
  if (words.length === given.size) return words;
  throw usageError(`--${option} ${text} holds a word that is none of its own.`, `Use some of ${allowed.join(',')}.`);
}
