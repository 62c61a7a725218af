import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { ed25519Note, formatNote, formatVerifierKey, isSignedBy, parseNote, signNote } from './signed-note.ts';

const secret = new Uint8Array(32).fill(7);
const name = 'callable.example/log';
const key = { name, publicKey: ed25519.getPublicKey(secret), algorithm: ed25519Note };
const checkpoint = { origin: name, size: 20852163, root: new Uint8Array(32).fill(9) };

describe('a signed checkpoint', () => {
  const text = formatCheckpoint(checkpoint);
  const note = formatNote({ text, signatures: [signNote(text, { name, secret })] });

  it('comes back as it was signed, also beside signers nobody knows', () => {
    const witnessed = `${note}— somebody.else AAAAAAAAAAAAAAAA\n`;
    for (const one of [note, witnessed]) {
      const parsed = parseNote(one);
      expect(parsed && isSignedBy(parsed, key)).toBe(true);
      expect(parsed && parseCheckpoint(parsed.text)).toEqual(checkpoint);
    }
  });

  it('is refused when a byte of it was changed', () => {
    const parsed = parseNote(note.replace('20852163', '20852164'));
    expect(parsed && isSignedBy(parsed, key)).toBe(false);
  });

  it('is refused under another key of the same name', () => {
    const other = { ...key, publicKey: ed25519.getPublicKey(new Uint8Array(32).fill(8)) };
    const parsed = parseNote(note);
    expect(parsed && isSignedBy(parsed, other)).toBe(false);
  });

  it('names its key as a verifier is told of it', () => {
    expect(formatVerifierKey(key)).toMatch(/^callable\.example\/log\+[0-9a-f]{8}\+A[A-Za-z0-9+/]{43}=?$/);
  });

  it('is null when it is no note at all', () => {
    expect(parseNote('x')).toBeNull();
    expect(parseNote(`${text}\n— name not-base64!\n`)).toBeNull();
    expect(parseCheckpoint('origin\n-1\nAAAA\n')).toBeNull();
  });
});
