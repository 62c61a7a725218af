import { ed25519 } from '@noble/curves/ed25519.js';
import { formatVerifierKey, fromBase64, type NoteKey } from './signed-note.ts';

/** Whether a note's signer may be called so: not empty, without spaces and plus signs (C2SP signed-note). */
export const isKeyName = (name: string): boolean => /^[!-*,-~]{1,200}$/.test(name);

/** The key of a verifier key's text; null unless it is an Ed25519 key whose hash is right. */
export function parseVerifierKey(text: string): NoteKey | null {
  const parts = /^([!-*,-~]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44}=*)$/.exec(text.trim());
  const bytes = fromBase64(parts?.[3] ?? '');
  const algorithm = bytes?.[0];
  if (!parts || bytes?.length !== 33 || algorithm === undefined) return null;
  const key = { name: parts[1] as string, publicKey: bytes.subarray(1), algorithm };
  return formatVerifierKey(key) === text.trim() ? key : null;
}

/** The public half of a secret of 32 bytes, under this name. */
export function noteKeyOf(name: string, secret: Uint8Array, algorithm: number): NoteKey {
  return { name, publicKey: ed25519.getPublicKey(secret), algorithm };
}
