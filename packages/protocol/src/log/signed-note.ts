import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** A key that signs notes, by its name and Ed25519 public key (C2SP signed-note). */
export type NoteKey = { name: string; publicKey: Uint8Array; algorithm: number };
export type NoteSignature = { name: string; keyId: string; signature: Uint8Array };
export type SignedNote = { text: string; signatures: readonly NoteSignature[] };

/** Signature types of C2SP: 0x01 is Ed25519 over the text, 0x04 a witness's timestamped cosignature. */
export const ed25519Note = 0x01;
export const ed25519Cosignature = 0x04;

const utf8 = (text: string) => new TextEncoder().encode(text);
const concat = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** The first four bytes of sha256(name ‖ newline ‖ algorithm ‖ public key), in hex. */
export function noteKeyId({ name, publicKey, algorithm }: NoteKey): string {
  const hash = sha256(concat(utf8(name), Uint8Array.of(0x0a, algorithm), publicKey));
  return [...hash.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** `name+keyid+base64(algorithm ‖ key)`: how a verifier is told of a key. */
export function formatVerifierKey(key: NoteKey): string {
  return `${key.name}+${noteKeyId(key)}+${toBase64(concat(Uint8Array.of(key.algorithm), key.publicKey))}`;
}

/** The line of one signature. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${toBase64(concat(hexBytes(keyId), signature))}\n`;
}

/** Signs a text (which ends with a newline) as a note. */
export function signNote(text: string, key: { name: string; secret: Uint8Array }): NoteSignature {
  const publicKey = ed25519.getPublicKey(key.secret);
  const keyId = noteKeyId({ name: key.name, publicKey, algorithm: ed25519Note });
  return { name: key.name, keyId, signature: ed25519.sign(utf8(text), key.secret) };
}

export function formatNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** A note and its signatures, of which none is checked yet; null when it is malformed. */
export function parseNote(note: string): SignedNote | null {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n') || note.length > 1_000_000) return null;
  const lines = note.slice(end + 2, -1).split('\n');
  const signatures = lines.map(parseSignature);
  if (lines.length > 100 || signatures.some((signature) => signature === null)) return null;
  return { text: note.slice(0, end + 1), signatures: signatures as NoteSignature[] };
}

function parseSignature(line: string): NoteSignature | null {
  const parts = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
  const bytes = parts ? fromBase64(parts[2] ?? '') : null;
  if (!parts || !bytes || bytes.length < 5) return null;
  const keyId = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { name: parts[1] ?? '', keyId, signature: bytes.subarray(4) };
}

/** Whether one of the signatures is a good one by this key. Unknown signers are ignored, as the format says. */
export function isSignedBy(note: SignedNote, key: NoteKey): boolean {
  const keyId = noteKeyId(key);
  const mine = note.signatures.filter((signature) => signature.name === key.name && signature.keyId === keyId);
  return mine.some(({ signature }) => signature.length === 64 && verify(signature, utf8(note.text), key.publicKey));
}

function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey);
  } catch {
    return false;
  }
}

const hexBytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
