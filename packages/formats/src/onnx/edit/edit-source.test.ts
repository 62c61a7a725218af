import { expect, it } from 'vitest';
import { type ByteSource, bytesSource } from '../../bytes-source.ts';
import { bytesField, integerField, joined, textField } from '../wire/encode-field.ts';
import { editSource, replaced } from './edit-source.ts';
import type { FieldAt } from './field-at.ts';
import { walkFields } from './walk-fields.ts';

/** A node inside a graph inside an attribute of a node inside a graph, with a text at both levels. */
const model = (inner: string, outer: string, more: Uint8Array[] = []) =>
  joined([
    integerField(1, 8),
    bytesField(7, [
      bytesField(1, [
        textField(4, 'If'),
        bytesField(5, [textField(1, 'then_branch'), bytesField(6, bytesField(1, [textField(6, inner), ...more]))]),
        textField(6, outer),
      ]),
      textField(2, 'graph'),
    ]),
    bytesField(8, integerField(2, 17)),
  ]);

async function fieldsOf(source: ByteSource): Promise<FieldAt[]> {
  const seen: FieldAt[] = [];
  const see = (field: FieldAt) => {
    seen.push(field);
    return field.kind ? ('enter' as const) : ('skip' as const);
  };
  expect(await walkFields(source, { see, take: () => {} })).toBe(true);
  return seen;
}

const docsOf = (fields: FieldAt[]) => fields.filter(({ of, number }) => of === 'Node' && number === 6);
const whole = async (source: ByteSource) => source.read(0, source.size);

it.each([0, 1, 100, 127, 128, 20_000])('the lengths around an edit follow: a text of %d bytes', async (length) => {
  const text = 'x'.repeat(length);
  const source = bytesSource(model('inner', 'outer'));
  const [inner, outer] = docsOf(await fieldsOf(source));
  const edited = editSource(source, [replaced(outer!, textField(6, text)), replaced(inner!, textField(6, text))]);
  expect(await whole(edited)).toEqual(model(text, text));
});

it('removes, inserts at the end of a message and changes back', async () => {
  const before = model('inner'.repeat(50), 'outer');
  const source = bytesSource(before);
  const [inner] = docsOf(await fieldsOf(source));
  const { start, end, parent } = inner!;
  const added = textField(3, 'a name'.repeat(40));
  const edited = editSource(source, [
    { start, end, parent, bytes: new Uint8Array(0) },
    { start: parent!.end, end: parent!.end, parent, bytes: added },
  ]);
  expect((await fieldsOf(edited)).filter(({ of, number }) => of === 'Node' && number === 3)).toHaveLength(1);
  // A source over a source: whoever reads it sees one file.
  const [name] = (await fieldsOf(edited)).filter(({ of, number }) => of === 'Node' && number === 3);
  const back = editSource(edited, [replaced(name!, textField(6, 'inner'.repeat(50)))]);
  expect(await whole(back)).toEqual(before);
});

it('answers every range as the whole does, also across the windows it reads', async () => {
  const source = bytesSource(model('a'.repeat(70_000), 'b'.repeat(70_000), [textField(3, 'c'.repeat(200_000))]));
  const [inner] = docsOf(await fieldsOf(source));
  const edited = editSource(source, [replaced(inner!, textField(6, 'short'))]);
  const all = await whole(edited);
  for (let at = 0; at < edited.size; at += 9973) {
    const length = Math.min(65_537, edited.size - at);
    expect(Buffer.compare(await edited.read(at, length), all.subarray(at, at + length))).toBe(0);
  }
});

it('two edits of one place are a mistake of ours, and no file', async () => {
  const source = bytesSource(model('inner', 'outer'));
  const [inner] = docsOf(await fieldsOf(source));
  const edit = replaced(inner!, textField(6, 'x'));
  expect(() => editSource(source, [edit, edit])).toThrow('overlap');
});

it.each([
  ['an unfinished varint', Uint8Array.of(0x08, 0xff)],
  ['a length beyond the file', Uint8Array.of(0x3a, 5, 1)],
  ['a field longer than its message', joined([bytesField(7, Uint8Array.of(0x0a, 9, 0)), new Uint8Array(20).fill(8)])],
  ['a wire type of no message', Uint8Array.of(0x0b, 0)],
  ['field number 0', Uint8Array.of(0x02, 0)],
])('%s is no model to edit', async (_, bytes) => {
  const see = ({ kind }: FieldAt) => (kind ? ('enter' as const) : ('skip' as const));
  expect(await walkFields(bytesSource(bytes), { see, take: () => {} })).toBe(false);
});
