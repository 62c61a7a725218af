import { type Address, parseAddress } from '@callable/protocol';
import { usageError } from '../errors/cli-error.ts';

/** Whom the reader believes in place of the seeds the policy names: null as it says, `none` nobody more than others. */
export function parseSeeds(text: string | undefined): Address[] | null {
  if (text === undefined) return null;
  if (text.trim() === 'none') return [];
  return text.split(',').map((part) => {
    const seed = parseAddress(part.trim());
    if (!seed)
      throw usageError(
        `--seeds ${text} holds something that is no address.`,
        'Use 0x…,0x…: operators of nodes, or nodes; or none.',
      );
    return seed;
  });
}
