import type { Address } from '../identity/address.ts';
import { digestJson, hexOfDigest } from '../identity/digest.ts';

/**
 * What a validator commits to before it shows its report: 64 hex digits. It names the validator, so that the
 * commitment of another is of no use, and the body holds a salt, so that nobody finds the report by trying.
 */
export function commitmentOf(release: string, validator: Address, body: Record<string, unknown>): string {
  return hexOfDigest(digestJson({ release, validator, body } as never));
}
