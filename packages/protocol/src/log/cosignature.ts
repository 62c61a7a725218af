import { ed25519 } from '@noble/curves/ed25519.js';
import { ed25519Cosignature, type NoteKey, type NoteSignature, noteKeyId, type SignedNote } from './signed-note.ts';
import { noteKeyOf } from './verifier-key.ts';

/**
 * A witness's word that at this time (seconds since 1970) this was the largest consistent head it knew of that log
 * (C2SP tlog-cosignature, Ed25519).
 */
export function cosign(text: string, key: { name: string; secret: Uint8Array }, time: number): NoteSignature {
  const signature = new Uint8Array(72);
  new DataView(signature.buffer).setBigUint64(0, BigInt(time));
  signature.set(ed25519.sign(cosignedMessage(text, BigInt(time)), key.secret), 8);
  return { name: key.name, keyId: noteKeyId(noteKeyOf(key.name, key.secret, ed25519Cosignature)), signature };
}

/** When the key cosigned the note, seconds since 1970; null when it did not. */
export function cosignedAt(note: SignedNote, key: NoteKey): number | null {
  const keyId = noteKeyId(key);
  if (key.algorithm !== ed25519Cosignature) return null;
  for (const { name, keyId: id, signature } of note.signatures) {
    if (name !== key.name || id !== keyId || signature.length !== 72) continue;
    const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
    if (time > BigInt(Number.MAX_SAFE_INTEGER)) continue;
    if (verify(signature.subarray(8), cosignedMessage(note.text, time), key.publicKey)) return Number(time);
  }
  return null;
}

const cosignedMessage = (text: string, time: bigint) =>
  new TextEncoder().encode(`cosignature/v1\ntime ${time}\n${text}`);

function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey);
  } catch {
    return false;
  }
}
