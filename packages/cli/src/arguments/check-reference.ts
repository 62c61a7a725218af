import { parseDigest, parseReleaseRef } from '@callable/protocol';
import { usageError } from '../errors/cli-error.ts';

/** The reference as given when it can name a release at all; asking the hub for anything else is a waste. */
export function checkReference(text: string): string {
  if (parseReleaseRef(text) || parseDigest(text)) return text;
  throw usageError(
    `${text} does not name a release.`,
    'Write publisher/name, publisher/name@1.2.3 or publisher/name@sha256:…, where the publisher is an address 0x… or a handle; find one with callable list.',
  );
}
