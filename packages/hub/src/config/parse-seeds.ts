import { CallableError, type Policy, parseAddress } from '@callable/protocol';

/**
 * The operators a setting names as seeds, as a part of a policy. Nothing when it names none: a hub is its own seed then.
 * `none` makes it an open network, in which all nodes count alike. Throws naming the setting.
 */
export function parseSeeds(setting: string, text = ''): Pick<Policy, 'seeds'> {
  if (text.trim() === '') return {};
  if (text.trim() === 'none') return { seeds: [] };
  const seeds = text.split(',').map((part) => parseAddress(part.trim()) ?? part.trim());
  const wrong = seeds.find((seed) => parseAddress(seed) === null);
  if (wrong !== undefined)
    throw new CallableError(
      'RequestInvalid',
      `${setting} is addresses of operators separated by commas, or none, and ${JSON.stringify(wrong)} is neither.`,
    );
  return { seeds: seeds as NonNullable<Policy['seeds']> };
}
