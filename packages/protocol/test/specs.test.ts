import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Check as CheckWritten } from 'typebox/value';
import { expect, test } from 'vitest';
import manifests from '../../../specs/vectors/manifests.json' with { type: 'json' };
import statements from '../../../specs/vectors/statements.json' with { type: 'json' };
import * as protocol from '../src/index.ts';
import { auditReasons } from '../src/reasons/audit-reasons.ts';
import { backupReasons } from '../src/reasons/backup-reasons.ts';
import { callReasons } from '../src/reasons/call-reasons.ts';
import { conditionReasons } from '../src/reasons/condition-reasons.ts';
import { requestReasons } from '../src/reasons/request-reasons.ts';
import { Check } from '../src/schema/check.ts';
import type { TSchema } from '../src/schema/type.ts';

const checkout = join(import.meta.dirname, '../../..');
const script = new URL('../../../scripts/write-specs.mjs', import.meta.url).href;
const { specFiles } = (await import(/* @vite-ignore */ script)) as { specFiles: (from: object) => Map<string, string> };
const files = specFiles({ ...protocol, conditionReasons, requestReasons, callReasons, auditReasons, backupReasons });
const read = (path: string) => readFileSync(join(checkout, path), 'utf8');
const schema = (name: string) => JSON.parse(read(`specs/schemas/${name}.json`)) as TSchema;

test.each([...files.keys()])(
  '%s is as fresh as its source; else run: npm run build && node scripts/write-specs.mjs',
  (path) => {
    expect(read(path)).toBe(files.get(path));
  },
);

test.each(['specs/schemas', 'docs/reasons'])('nothing in %s is left over from something that is gone', (folder) => {
  expect(
    readdirSync(join(checkout, folder))
      .map((name) => `${folder}/${name}`)
      .filter((path) => !files.has(path)),
  ).toEqual([]);
});

test('the written schemas judge as the ones in the code: nothing was lost in writing', () => {
  for (const { manifest } of manifests.valid) expect(CheckWritten(schema('manifest'), manifest)).toBe(true);
  for (const { manifest } of manifests.invalid)
    expect(CheckWritten(schema('manifest'), manifest)).toBe(Check(protocol.Manifest, manifest));
  for (const { statement } of statements.valid) {
    expect(CheckWritten(schema('statement'), statement)).toBe(true);
    expect(CheckWritten(schema(`statement.${statement.kind}`), statement.body)).toBe(true);
  }
  for (const { statement } of statements.invalid)
    expect(CheckWritten(schema('statement'), statement)).toBe(Check(protocol.Statement, statement));
});

test('every pattern of every schema is anchored at both ends, or says nothing about where a text ends', () => {
  for (const [path, text] of files)
    if (path.endsWith('.json'))
      for (const [, pattern] of text.matchAll(/"pattern": "((?:[^"\\]|\\.)*)"/g))
        expect(pattern).toMatch(/^\^.*\$$|^\^\(\?!__proto__\$\)$/);
});

test('the glossary names every condition, every kind of statement, every field of a receipt and every header', () => {
  const glossary = read('docs/glossary.md');
  const words = [
    ...protocol.conditionTypes,
    ...Object.keys(protocol.statementKinds),
    ...Object.keys(protocol.SignedReceipt1.properties),
    ...Object.keys(protocol.SignedReceipt2.properties),
    ...Object.keys(protocol.RequestTerms.properties),
    ...Object.values(protocol.requestHeaders),
    ...Object.values(protocol.domain),
  ];
  expect(words.filter((word) => !glossary.includes(`\`${word}\``))).toEqual([]);
});
