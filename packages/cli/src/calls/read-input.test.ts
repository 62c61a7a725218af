import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readInput } from './read-input.ts';

test.each([
  ['an editor of Windows', 'utf8'],
  ['PowerShell', 'utf16le'],
] as const)('a file that %s wrote is read: its byte order mark is no part of it', async (_, encoding) => {
  const cwd = await mkdtemp(join(tmpdir(), 'callable-input-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'in.json'), Buffer.from('\ufeff{"x": ["é"]}\r\n', encoding));
  const context = { cwd, readInput: () => Promise.reject(new Error('not asked')) };
  expect(JSON.parse(await readInput(context, 'in.json'))).toEqual({ x: ['é'] });
});

test('the bare NaN of Python is read on standard input, as --example and --expected read it', async () => {
  const context = { cwd: '/', readInput: () => Promise.resolve(Buffer.from('{"x": [NaN, -Infinity], "t": ["NaN"]}')) };
  expect(await readInput(context, '-')).toBe('{"x": ["NaN", "-Infinity"], "t": ["NaN"]}');
});
