import { parseReleaseRef, type ReleaseView } from '@callable/protocol';
import { type Client, getRelease } from '@callable/sdk';
import { checkReference } from '../arguments/check-reference.ts';
import { usageError } from '../errors/cli-error.ts';

/** The one release that is meant. What is signed for good is about a version that was named, not whichever is newest. */
export async function nameRelease(client: Client, text: string, signal: AbortSignal): Promise<ReleaseView> {
  const ref = parseReleaseRef(checkReference(text));
  if (ref && !ref.version && !ref.digest)
    throw usageError(`${text} does not say which version.`, `Name one: ${text}@1.0.0, or its digest.`);
  return getRelease(client, text, { signal });
}
