import { CallableError, firstAbilities, type Manifest, missingAbilities } from '@callable/protocol';

/** What this node understands of a release: the words it announces. It refuses a release that asks for others. */
export const abilities: readonly string[] = firstAbilities;

/** Throws UnsupportedFormat: a part that this node does not know must never be run as though it were not there. */
export function refuseUnsupported(manifest: Manifest): void {
  const missing = missingAbilities(manifest, abilities);
  if (missing.length > 0)
    throw new CallableError('UnsupportedFormat', `This node does not understand ${missing.join(', ')}.`);
}
