import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDurably } from './create-durably.ts';
import { replaceFile } from './replace-file.ts';
import { translateDiskError } from './translate-disk-error.ts';
import { writeDurably } from './write-durably.ts';
import { writeHashed } from './write-hashed.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-write-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('a file is replaced whole, for the owner alone, and no draft is left', async () => {
  const path = join(directory, 'state');
  await writeDurably(path, 'one');
  await writeDurably(path, Buffer.from('two'));
  expect(await readFile(path, 'utf8')).toBe('two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(['state']);
});

test('what cannot be replaced stays as it is, the error names it, and no draft is left', async () => {
  const path = join(directory, 'state');
  await mkdir(path);
  await expect(writeDurably(path, 'one')).rejects.toThrow(`Cannot write ${path}: EISDIR`);
  expect(await readdir(directory)).toEqual(['state']);
  await expect(writeDurably(join(directory, 'nowhere', 'state'), 'one')).rejects.toMatchObject({
    cause: { code: 'ENOENT' },
  });
});

test('what others read gets the mode that is asked for', async () => {
  await replaceFile(join(directory, 'tile'), 'one', { mode: 0o644 });
  expect((await stat(join(directory, 'tile'))).mode & 0o777).toBe(0o644);
});

test('of many that make one file at once exactly one does, and its content stays', async () => {
  const path = join(directory, 'key');
  const made = await Promise.all(Array.from({ length: 10 }, (_, i) => createDurably(path, `key ${i}`)));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(`key ${made.indexOf(true)}`);
  expect(await readdir(directory)).toEqual(['key']);
});

test('a full disk is a state to report, anything else stays what it is', () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  expect(translateDiskError(full)).toMatchObject({ code: 'DiskFull', cause: full });
  const other = new Error('other');
  expect(translateDiskError(other)).toBe(other);
});

test('attack by a sender without an end: it is stopped before the piece that is too much is written', async () => {
  const path = join(directory, 'sent');
  const endless = async function* () {
    for (;;) yield Buffer.alloc(1000);
  };
  const admit = (size: number) => {
    if (size > 2500) throw new Error('enough');
  };
  await expect(writeHashed(path, endless(), admit)).rejects.toThrow('enough');
  expect((await stat(path)).size).toBe(2000);
  await writeFile(path, '');
  await expect(writeHashed(path, endless(), admit)).rejects.toMatchObject({ code: 'EEXIST' });
});
