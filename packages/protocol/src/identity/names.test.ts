import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress, zeroAddress } from './address.ts';
import { digestBytes, digestJson, parseDigest } from './digest.ts';
import { handlePattern, modelNamePattern, parseHandle, parseModelName, parseVersion, versionPattern } from './names.ts';

const a = (count: number) => 'a'.repeat(count);

test.each(['abc', 'a-b', '0ab', a(39), 'a1-b2-c3', '000', 'x0x'])('%s is a handle', (text) => {
  expect(parseHandle(text)).toBe(text);
});
test.each([
  '',
  'ab',
  a(40),
  '-abc',
  'abc-',
  'a--b',
  'Abc',
  '0xabc',
  '0x',
  'a_b',
  'a.b',
  'abc\n',
  'аbc',
  'ａbc',
  'abc\u200b',
  'ab\u0301c',
  `a${'-a'.repeat(20)}`,
])('%j is not a handle', (text) => {
  expect(parseHandle(text)).toBeNull();
});

test.each(['a', '0', 'iris', 'a.b_c-d', 'a..b', a(63), 'console', 'com', 'com10', 'nullable'])(
  '%s is a model name',
  (text) => {
    expect(parseModelName(text)).toBe(text);
  },
);
test.each([
  '',
  a(64),
  '.a',
  'a.',
  '-a',
  'a-',
  '_a',
  'A',
  'a/b',
  'a@b',
  'a b',
  '..',
  '.',
  'a\\b',
  'a\0b',
  'a\n',
  'ıris',
  'con',
  'nul.txt',
  'aux',
  'com1',
  'lpt9.onnx',
])('%j is not a model name', (text) => {
  expect(parseModelName(text)).toBeNull();
});

test.each([
  '0.0.0',
  '1.2.3',
  '999999999.0.0',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-0.3.7',
  '1.0.0-x-y-z.--',
  '1.0.0-0a',
  '1.0.0-00a',
  `1.0.0-${a(40)}`,
])('%s is a version', (text) => {
  expect(parseVersion(text)).toBe(text);
});
test.each([
  '',
  '1',
  '1.0',
  'v1.0.0',
  '01.0.0',
  '1.00.0',
  '1.0.0+build',
  '1.0.0-',
  '1.0.0-a..b',
  '1.0.0-.a',
  '1.0.0-a.',
  '1.0.0-01',
  '1.0.0-a.007',
  '1000000000.0.0',
  `1.0.0-${a(41)}`,
  '1.0.0\n',
  '１.0.0',
  '1.0.0-ä',
  '1.0.0 ',
  '-1.0.0',
])('%j is not a version', (text) => {
  expect(parseVersion(text)).toBeNull();
});

test('no pattern can be made to backtrack without end', () => {
  // By construction: what is repeated without bound starts with a separator that its inside cannot contain.
  const repeated = [handlePattern, modelNamePattern, versionPattern].flatMap((pattern) =>
    [...pattern.matchAll(/\(\?:(?:[^()]|\([^()]*\))*\)[*+]/g)].map(([group]) => group),
  );
  expect(repeated).toHaveLength(2);
  for (const group of repeated) expect(group).toMatch(/^\(\?:(-\[a-z0-9\]\+\)|\\\.)/);
});

test.each([
  ['a handle', parseHandle, ['a', 'a-', '-', '0']],
  ['a model name', parseModelName, ['a', 'a.', '-', 'a-_']],
  ['a version', parseVersion, ['1', '1.', '0', '-', '1.0.0-0', '1.0.0-0.', '1.0.0-a-']],
] as const)('megabytes of what almost is %s are refused', (_, parse, pieces) => {
  for (const piece of pieces) expect(parse(`${piece.repeat(1_000_000)}!`)).toBeNull();
});

test('an address has one spelling: lower case', () => {
  expect(parseAddress('0xABCDEFabcdef0123456789ABCDEFabcdef012345')).toBe('0xabcdefabcdef0123456789abcdefabcdef012345');
  expect(parseAddress(zeroAddress)).toBe(zeroAddress);
  for (const text of [
    '',
    '0x',
    `0X${'0'.repeat(40)}`,
    `0x${'0'.repeat(39)}`,
    `0x${'0'.repeat(41)}`,
    `0x${'g'.repeat(40)}`,
    ` 0x${'0'.repeat(40)}`,
    `0x${'0'.repeat(40)}\n`,
  ])
    expect(parseAddress(text)).toBeNull();
});

test('a digest is sha256: and lower-case hex of the canonical form', () => {
  expect(digestBytes(new TextEncoder().encode('abc'))).toBe(
    'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  expect(digestJson({ b: 1, a: [] })).toBe(digestBytes(new TextEncoder().encode('{"a":[],"b":1}')));
  expect(parseDigest(digestJson(null))).toBe(digestJson(null));
  for (const text of [
    '',
    'ab'.repeat(32),
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    `sha512:${'a'.repeat(64)}`,
    `sha256:${'a'.repeat(64)}\n`,
  ])
    expect(parseDigest(text)).toBeNull();
});

test('attack: a handle that reads as an address does not exist', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), maxLength: 40 }), (hex) => {
      expect(parseHandle(`0x${hex}`)).toBeNull();
    }),
  );
  expect(parseHandle(zeroAddress)).toBeNull();
});
