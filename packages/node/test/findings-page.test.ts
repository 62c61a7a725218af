import { readFile } from 'node:fs/promises';
import { findingCodes } from '@callable/formats';
import { expect, test } from 'vitest';
import { checkFindings } from '../src/checks/check-findings.ts';

const script = new URL('../../../scripts/write-findings.mjs', import.meta.url).href;
const page = new URL('../../../docs/findings.md', import.meta.url);

test('docs/findings.md is as fresh as its tables; else run: npm run build && node scripts/write-findings.mjs', async () => {
  const { findingsText } = (await import(script)) as { findingsText: (...tables: object[]) => string };
  expect(await readFile(page, 'utf8')).toBe(findingsText(findingCodes, checkFindings));
});

test('a code means one thing: the inspection and the bounded run share none', () => {
  expect(Object.keys(checkFindings).filter((code) => Object.hasOwn(findingCodes, code))).toEqual([]);
});
