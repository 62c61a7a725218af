import { ed25519Note, formatCheckpoint, formatNote, formatToldHead, noteKeyOf, signNote } from '@callable/protocol';
import { expect, it } from 'vitest';
import { createHeadMemory } from './head-memory.ts';

const lineOf = (size: number, fill = size, name = 'callable/0xlog') => {
  const secret = new Uint8Array(32).fill(5);
  const head = { origin: name, size, root: new Uint8Array(32).fill(fill) };
  const text = formatCheckpoint(head);
  const note = formatNote({ text, signatures: [signNote(text, { name, secret })] });
  return formatToldHead(note, head, noteKeyOf(name, secret, ed25519Note)) ?? '';
};

const open = (kept: string | null) => {
  const written: string[] = [];
  return { written, memory: createHeadMemory({ recall: async () => kept, keep: (line) => written.push(line) }) };
};

it('says what it kept with the first request, and again only while it is beyond what the hub says', async () => {
  const { memory, written } = open(`${lineOf(20)}\n`);
  expect(await memory.toSay()).toBe(lineOf(20));
  memory.hear(lineOf(21));
  expect(await memory.toSay()).toBeNull();
  // The hub was put back from a copy.
  memory.hear(lineOf(7));
  expect(await memory.toSay()).toBe(lineOf(21));
  memory.hear(lineOf(21, 99));
  expect(await memory.toSay()).toBe(lineOf(21));
  memory.hear(lineOf(22));
  expect(await memory.toSay()).toBeNull();
  expect(written).toEqual([lineOf(21), lineOf(22)]);
});

it('keeps nothing of another log, and nothing that is no head', async () => {
  const { memory } = open('junk');
  expect(await memory.toSay()).toBeNull();
  for (const line of ['', 'x'.repeat(5000)]) memory.hear(line);
  expect(await memory.toSay()).toBeNull();
  memory.hear(lineOf(50));
  memory.hear(lineOf(3, 3, 'another/log'));
  expect(await memory.toSay()).toBeNull();
  memory.hear(lineOf(2, 2, 'another/log'));
  expect(await memory.toSay()).toBe(lineOf(3, 3, 'another/log'));
});
