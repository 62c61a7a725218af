import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

type Script = { emit: (root: string) => Promise<void>; isEmitted: (root: string) => boolean };
const { emit, isEmitted }: Script = await import(new URL('../scripts/emit.mjs', import.meta.url).href);

/** A checkout of one package. */
const files = {
  'package-lock.json': '{}',
  'scripts/emit.mjs': '',
  'tsconfig.base.json': '{ "compilerOptions": { "target": "ES2023", "verbatimModuleSyntax": true } }',
  'packages/protocol/tsconfig.json': '{ "extends": "../../tsconfig.base.json" }',
  'packages/protocol/package.json': '{ "type": "module", "imports": { "#other": "./dist/words/other.js" } }',
  'packages/protocol/src/index.ts':
    "export type Word = 'a';\nexport * from './words/word.ts';\nexport const first: Word = 'a';\n",
  'packages/protocol/src/words/word.ts':
    "import { basename } from 'node:path';\nimport { other } from '#other';\nimport type { Word } from '../index.ts';\n" +
    'export const isWord = (x: unknown): x is Word => basename(String(x)) === other;\n',
  'packages/protocol/src/words/other.ts': "export const other = 'a';\n",
  'packages/protocol/src/words/word.test.ts': "throw new Error('a test is not emitted');\n",
};

describe('what is emitted', () => {
  let root: string;
  const output = (name: string) => join(root, 'packages/protocol/dist', name);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'callable-emit-'));
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), text);
    }
    await mkdir(join(root, 'node_modules'));
    await emit(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('runs: each file imports the others by their names of then, and nothing is taken in', async () => {
    const { first, isWord } = await import(pathToFileURL(output('index.js')).href);
    expect([first, isWord('a'), isWord('b')]).toEqual(['a', true, false]);
    expect(readFileSync(output('index.js'), 'utf8')).toContain('"./words/word.js"');
    expect(readFileSync(output('words/word.js'), 'utf8')).toContain('"#other"');
  });

  it('is one file of each source with a map to it, and none of tests', () => {
    const map = JSON.parse(readFileSync(output('words/word.js.map'), 'utf8'));
    expect(map.sources).toEqual(['../../src/words/word.ts']);
    expect(existsSync(output('words/word.test.js'))).toBe(false);
  });

  it('is emitted again only of the sources that changed', async () => {
    expect(isEmitted(root)).toBe(true);
    utimesSync(output('index.js'), 1, 1);
    writeFileSync(join(root, 'packages/protocol/src/words/word.ts'), 'export const isWord = () => 7;\n');
    expect(isEmitted(root)).toBe(false);
    await emit(root);
    expect(readFileSync(output('words/word.js'), 'utf8')).toContain('7');
    expect(statSync(output('index.js')).mtimeMs).toBe(1000);
  });

  it('is emitted again when somebody took it away, or changed how it is emitted', async () => {
    rmSync(output('index.js'));
    expect(isEmitted(root)).toBe(false);
    await emit(root);
    expect(existsSync(output('index.js'))).toBe(true);
    writeFileSync(join(root, 'tsconfig.base.json'), '{ "compilerOptions": { "verbatimModuleSyntax": true } }');
    expect(isEmitted(root)).toBe(false);
  });

  it('is bundled for Node where package.json says so; what two entries share is loaded once', async () => {
    const entry = (path: string) => ({ node: `./dist/node/${path}`, default: `./dist/${path}` });
    const exported = { '.': entry('index.js'), './word': entry('words/word.js') };
    const manifest = { type: 'module', imports: { '#other': entry('words/other.js') }, exports: exported };
    writeFileSync(join(root, 'packages/protocol/package.json'), JSON.stringify(manifest));
    expect(isEmitted(root)).toBe(false);
    await emit(root);
    expect(isEmitted(root)).toBe(true);
    const load = (name: string) => import(pathToFileURL(output(`node/${name}`)).href);
    expect(readFileSync(output('node/index.js'), 'utf8')).not.toContain('words/word');
    expect((await load('index.js')).isWord).toBe((await load('words/word.js')).isWord);

    writeFileSync(join(root, 'packages/protocol/src/words/word.ts'), 'export const isWord = () => 7;\n');
    await emit(root);
    const all = readdirSync(output('node'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js'),
    );
    expect(all.map((name) => readFileSync(output(`node/${name}`), 'utf8')).join()).toContain('7');
    rmSync(output('node'), { recursive: true });
    expect(isEmitted(root)).toBe(false);
  });

  it('goes with its source, declarations too', async () => {
    writeFileSync(output('words/word.d.ts'), '');
    rmSync(join(root, 'packages/protocol/src/words/word.ts'));
    await emit(root);
    for (const name of ['word.js', 'word.js.map', 'word.d.ts']) expect(existsSync(output(`words/${name}`))).toBe(false);
    expect(existsSync(output('words/other.js'))).toBe(true);
  });

  it('is not taken for done when a source cannot be read', async () => {
    writeFileSync(join(root, 'packages/protocol/src/index.ts'), 'export const = 7;\n');
    await expect(emit(root)).rejects.toThrow('packages/protocol/src/index.ts:1:13');
    expect(isEmitted(root)).toBe(false);
  });
});
