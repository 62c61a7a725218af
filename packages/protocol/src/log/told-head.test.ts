import { expect, it } from 'vitest';
import { formatCheckpoint } from './checkpoint.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { ed25519Note, formatNote, signNote } from './signed-note.ts';
import { formatToldHead, noteOfToldHead, parseToldHead } from './told-head.ts';
import { noteKeyOf } from './verifier-key.ts';

const secret = new Uint8Array(32).fill(5);
const key = noteKeyOf('callable/0xlog', secret, ed25519Note);
const head = { origin: key.name, size: 1234, root: new Uint8Array(32).fill(9) };
const text = formatCheckpoint(head);
const note = formatNote({ text, signatures: [signNote(text, { name: key.name, secret })] });

it('a signed head goes into one line and comes out as the same note', () => {
  const line = formatToldHead(note, head, key) ?? '';
  expect(line.length).toBeLessThanOrEqual(160);
  const told = parseToldHead(line);
  expect(told && noteOfToldHead(told, key.name)).toBe(note);
  expect(openCheckpoint(told ? noteOfToldHead(told, key.name) : '', key)).toMatchObject({ ok: true });
});

it('attack: a line of another size, key, name or shape is no head of this log', () => {
  const line = formatToldHead(note, head, key) ?? '';
  const larger = parseToldHead(line.replace(' 1234 ', ' 9999 '));
  expect(openCheckpoint(larger ? noteOfToldHead(larger, key.name) : '', key)).toEqual({ ok: false, why: 'signature' });
  const told = parseToldHead(line);
  expect(openCheckpoint(told ? noteOfToldHead(told, 'other') : '', key)).toEqual({ ok: false, why: 'origin' });
  for (const wrong of [
    '',
    line.slice(1),
    `${line} `,
    line.replace(' 1234 ', ' 01234 '),
    line.replace(' 1234 ', ' -1 '),
    'x'.repeat(9999),
  ])
    expect(parseToldHead(wrong)).toBeNull();
  expect(formatToldHead(note, head, noteKeyOf('other', secret, ed25519Note))).toBeNull();
});
