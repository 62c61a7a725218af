import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Circle = { package: string; of: string; members: string[] };
type Script = { findCircles: (root: string) => Circle[] };
const script = new URL('../scripts/find-circles.mjs', import.meta.url);
const { findCircles }: Script = await import(script.href);

/** One circle of each sort in a package of its own, and what must not be taken for one. */
const sources = {
  'values/src/one.ts': "import { two } from './two.ts';\nexport const one = () => two;\n",
  'values/src/two.ts': "export { three as two } from './three.ts';\n",
  'values/src/three.ts': "export const three = async () => import('./one.ts');\n",
  'types/src/one.ts': "import type { Two } from './two.ts';\nexport type One = Two | 1;\n",
  'types/src/two.ts': "export type Two = import('./one.ts').One | 2;\n",
  'inline/src/one.ts': "import { type Two } from './two.ts';\nexport type One = Two | 1;\n",
  'inline/src/two.ts': "import './one.ts';\nexport type Two = 2;\n",
  'folders/src/a/first.ts': "import { last } from '../b/last.ts';\nexport const first = last;\n",
  'folders/src/b/last.ts': 'export const last = 1;\n',
  'folders/src/b/start.ts': "import { end } from '../a/end.ts';\nexport const start = end;\n",
  'folders/src/a/end.ts': 'export const end = 1;\n',
  'nested/src/a/all.ts': "export * from './inner/one.ts';\n",
  'nested/src/a/inner/one.ts': "import type { Word } from '../word.ts';\nexport const one: Word = 'one';\n",
  'nested/src/a/word.ts': "export type Word = 'one';\n",
  'alias/src/one.ts': "import { two } from '#two';\nexport const one = two;\n",
  'alias/src/node/two.ts': "import '../one.ts';\nexport const two = 2;\n",
  'straight/src/index.ts': "export * from './a/one.ts';\nexport * from './context.ts';\n",
  'straight/src/context.ts': "import { one } from './a/one.ts';\nexport const context = one;\n",
  'straight/src/a/one.ts': "// import './one.test.ts'\nexport const one = \"import './two.ts'\";\n",
  'straight/src/a/two.ts': "import { one } from './one.ts';\nexport const two = one;\n",
  'straight/src/a/one.test.ts': "import '../context.ts';\n",
};

describe('circles', () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'callable-circles-'));
    for (const [file, code] of Object.entries(sources)) {
      const path = join(root, 'packages', file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, code);
      const imports = file.startsWith('alias') ? { '#two': { node: './dist/node/two.js' } } : undefined;
      await writeFile(join(root, 'packages', file.split('/')[0] ?? '', 'package.json'), JSON.stringify({ imports }));
    }
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const of = (name: string) =>
    Object.fromEntries(findCircles(root).flatMap((c) => (c.package === name ? [[c.of, c.members]] : [])));

  it('are found through exports from elsewhere and import()', () => {
    expect(of('values')['files by value']).toEqual(['one.ts', 'three.ts', 'two.ts']);
  });

  it('by types are told apart from those that run', () => {
    expect(of('types')).toEqual({ 'files with types': ['one.ts', 'two.ts'] });
  });

  it('run where only the words in the braces are types', () => {
    expect(of('inline')['files by value']).toEqual(['one.ts', 'two.ts']);
  });

  it('of folders are found where no two files need each other', () => {
    expect(of('folders')).toEqual({ 'folders by value': ['a', 'b'], 'folders with types': ['a', 'b'] });
  });

  it('of a folder and one inside it count too', () => {
    expect(of('nested')).toEqual({ 'folders with types': ['a', 'a/inner'] });
  });

  it('are found through the imports of package.json', () => {
    expect(of('alias')['files by value']).toEqual(['node/two.ts', 'one.ts']);
  });

  it('are not seen in comments, strings, tests or straight lines', () => {
    expect(of('straight')).toEqual({});
  });

  it('end the script with 1, and its absence with 0', async () => {
    const run = promisify(execFile);
    const words = (directory: string) => [fileURLToPath(script), directory];
    await expect(run(process.execPath, words(root))).rejects.toMatchObject({ code: 1 });
    await mkdir(join(root, 'straight-alone', 'packages'), { recursive: true });
    await cp(join(root, 'packages', 'straight'), join(root, 'straight-alone', 'packages', 'straight'), {
      recursive: true,
    });
    await expect(run(process.execPath, words(join(root, 'straight-alone')))).resolves.toMatchObject({ stderr: '' });
  });
});
