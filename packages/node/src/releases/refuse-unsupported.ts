import type { FormatTable } from '@callable/formats';
import { CallableError, type Manifest, missingAbilities, ownAbilities } from '@callable/protocol';

/** What a node with these formats understands of a release: the words it announces. It refuses one that asks for others. */
export const abilitiesWith = (formats: FormatTable): string[] => [...Object.keys(formats), ...ownAbilities];

/** Throws UnsupportedFormat: a part that this node does not know must never be run as though it were not there. */
export function refuseUnsupported(manifest: Manifest, formats: FormatTable): void {
  const missing = missingAbilities(manifest, abilitiesWith(formats));
  if (missing.length > 0)
    throw new CallableError('UnsupportedFormat', `This node does not understand ${missing.join(', ')}.`);
}
