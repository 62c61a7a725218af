import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

type Script = { findWordLookups: (root: string) => { file: string; line: number; text: string }[] };
const script = new URL('../scripts/find-word-lookups.mjs', import.meta.url);
const { findWordLookups }: Script = await import(script.href);

const head = 'declare const word: string;\ndeclare const row: Record<string, number>;\n';
/** What must be found, by the file it is in. */
const lookups = {
  'read.ts': 'export const found = row[word];\n',
  'written.ts': 'row[word] = 1;\nexport {};\n',
  'asked.ts': 'export const has = word in row;\n',
  'taken-apart.ts': 'export const { [word]: found } = row;\n',
  'cast.ts': 'const table = { a: 1 };\nexport const found = table[word as keyof typeof table];\n',
  'branded.ts': "declare const name: string & { readonly brand: 'Name' };\nexport const found = row[name];\n",
  'generic.ts': 'export const find = <Of extends Record<string, number>>(of: Of, name: keyof Of) => of[name];\n',
  'copied.ts': 'export const copy = Object.assign({}, row);\n',
};
/** What must not be. */
const others = {
  'own.ts': 'export const found = Object.hasOwn(row, word) ? new Map(Object.entries(row)).get(word) : undefined;\n',
  'literal.ts': "declare const name: 'a' | 'b';\nexport const found = { a: 1, b: 2 }[name];\n",
  'address.ts':
    "declare const address: `0x${string}` & { readonly brand: 'Address' };\nexport const found = row[address];\n",
  'list.ts': 'declare const at: number;\nexport const found = [1, 2][at];\n',
  'made.ts': 'export const made = { ...row, [word]: 1 };\n',
  'left-out.ts': 'const { [word]: _one, ...rest } = row;\nexport { rest };\n',
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'callable-lookups-'));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const options = { strict: true, target: 'ES2023', lib: ['ES2023'], types: [], module: 'NodeNext', noEmit: true };
  await write('packages/one/tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['src'] }));
  for (const [name, code] of Object.entries({ ...lookups, ...others }))
    await write(`packages/one/src/${name}`, head + code);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('a plain object that is asked by any text is found, however it is asked, and nothing else', () => {
  const found = findWordLookups(root).map(({ file }) => file.replace('packages/one/src/', ''));
  expect(found.sort()).toEqual(Object.keys(lookups).sort());
});
