import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSubject } from './find-subject.ts';

let cwd = '';
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'callable-subject-'));
  await mkdir(join(cwd, 'receipts'));
  await writeFile(join(cwd, 'receipts', 'one.json'), '{"receipt":{}}');
  await writeFile(join(cwd, 'answer.txt'), '{"receipt":{}}');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

test('a file that is there is meant before a release of that name, which its version tells apart', async () => {
  await expect(parseSubject({ cwd }, 'receipts/one.json')).rejects.toMatchObject({ code: 'ReceiptInvalid' });
  expect(await parseSubject({ cwd }, 'receipts/two.json')).toEqual({ kind: 'release', name: 'receipts/two.json' });
  const versioned = 'receipts/one.json@1.0.0';
  expect(await parseSubject({ cwd }, versioned)).toEqual({ kind: 'release', name: versioned });
});

test('an answer saved as answer.txt is read, and was "no release, node or receipt"', async () => {
  await expect(parseSubject({ cwd }, 'answer.txt')).rejects.toMatchObject({ code: 'ReceiptInvalid' });
  await expect(parseSubject({ cwd }, 'other.txt')).rejects.toMatchObject({
    message: expect.stringMatching(/^other.txt/),
  });
});
