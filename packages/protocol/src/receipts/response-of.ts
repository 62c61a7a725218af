import { fromHex, toHex } from '../bytes/hex.ts';
import { joinBytes } from '../bytes/join-bytes.ts';
import { sha256 } from '../bytes/sha256.ts';
import type { SignedReceipt } from './receipt.ts';

/**
 * What a receipt of this version names as `response` of an answer: the sha256 of its outputs exactly as they were sent,
 * since version 3 behind the 32 bytes of the salt that came with them. 64 hex digits; null where the salt is missing or none.
 */
export function responseOf(
  { version }: Pick<SignedReceipt, 'version'>,
  { outputs, salt }: { outputs: Uint8Array; salt: string | null },
): string | null {
  if (version !== 3) return toHex(sha256(outputs));
  const bytes = fromHex(salt ?? '');
  return bytes?.length === 32 ? toHex(sha256(joinBytes([bytes, outputs], bytes.length + outputs.length))) : null;
}
