import { expect, it } from 'vitest';
import { formatCheckpoint } from './checkpoint.ts';
import { cosign, cosignedAt } from './cosignature.ts';
import { findEquivocation } from './find-equivocation.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { ed25519Cosignature, ed25519Note, formatNote, formatVerifierKey, parseNote, signNote } from './signed-note.ts';
import { isKeyName, noteKeyOf, parseVerifierKey } from './verifier-key.ts';

const secret = new Uint8Array(32).fill(1);
const name = 'callable/0xlog';
const log = noteKeyOf(name, secret, ed25519Note);
const witnesses = [2, 3, 4].map((byte) => ({ name: `witness/${byte}`, secret: new Uint8Array(32).fill(byte) }));
const keys = witnesses.map((one) => noteKeyOf(one.name, one.secret, ed25519Cosignature));
const note = (size: number, root: number, signers = witnesses) => {
  const text = formatCheckpoint({ origin: name, size, root: new Uint8Array(32).fill(root) });
  const cosignatures = signers.map((one) => cosign(text, one, 1_790_000_000));
  return formatNote({ text, signatures: [signNote(text, { name, secret }), ...cosignatures] });
};

it('opens with the cosignatures it carries, and is refused with too few', () => {
  const quorum = (atLeast: number) => ({ witnesses: keys, atLeast });
  expect(openCheckpoint(note(5, 1), log, quorum(3))).toMatchObject({ ok: true, checkpoint: { size: 5 } });
  const two = note(5, 1, witnesses.slice(0, 2));
  expect(openCheckpoint(two, log, quorum(2))).toMatchObject({
    cosigned: [
      { witness: 'witness/2', at: 1_790_000_000 },
      { witness: 'witness/3', at: 1_790_000_000 },
    ],
  });
  expect(openCheckpoint(two, log, quorum(3))).toEqual({ ok: false, why: 'witnesses' });
  const twice = note(5, 1, [witnesses[0]!, witnesses[0]!]);
  expect(openCheckpoint(twice, log, quorum(2))).toEqual({ ok: false, why: 'witnesses' });
});

it('is refused for another log, under another key, or malformed', () => {
  expect(openCheckpoint(note(5, 1), { ...log, name: 'other' })).toEqual({ ok: false, why: 'origin' });
  const other = noteKeyOf(name, new Uint8Array(32).fill(9), ed25519Note);
  expect(openCheckpoint(note(5, 1), other)).toEqual({ ok: false, why: 'signature' });
  expect(openCheckpoint('', log)).toEqual({ ok: false, why: 'malformed' });
});

it('attack: a cosignature moved to another checkpoint, another time or another name counts for nothing', () => {
  const signed = parseNote(note(5, 1))!;
  const other = parseNote(note(6, 1, []))!;
  expect(cosignedAt({ ...other, signatures: signed.signatures }, keys[0]!)).toBeNull();
  const later = signed.signatures.map((one) => {
    const signature = Uint8Array.from(one.signature);
    signature[7] = (signature[7] ?? 0) + 1;
    return { ...one, signature };
  });
  expect(cosignedAt({ ...signed, signatures: later }, keys[0]!)).toBeNull();
  expect(cosignedAt(signed, { ...keys[0]!, name: 'witness/9' })).toBeNull();
  // A witness's key is no log's key: the type is part of the key's hash and of what is signed.
  expect(cosignedAt(signed, { ...keys[0]!, algorithm: ed25519Note })).toBeNull();
});

it('attack: two histories of one size are a proof by themselves, whoever cosigned them', () => {
  expect(findEquivocation(note(5, 1), note(5, 2, []), log)).toMatchObject({ origin: name, size: 5 });
  expect(findEquivocation(note(5, 1), note(5, 1, []), log)).toBeNull();
  expect(findEquivocation(note(5, 1), note(6, 2), log)).toBeNull();
});

it('verifier keys come back from their text, and nothing else does', () => {
  for (const key of [log, ...keys]) expect(parseVerifierKey(formatVerifierKey(key))).toEqual(key);
  const text = formatVerifierKey(log);
  for (const bad of ['', 'x', text.replace('+', ' '), text.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), `${text}A`])
    expect(parseVerifierKey(bad), bad).toBeNull();
  expect(['a b', 'a+b', '', 'ä', 'a\n'].map(isKeyName)).not.toContain(true);
});

it("understands Go's own vector of a verifier key", () => {
  const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  expect(parseVerifierKey(vkey)?.name).toBe('PeterNeumann');
});
