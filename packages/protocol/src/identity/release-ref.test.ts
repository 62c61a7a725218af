import fc from 'fast-check';
import { expect, test } from 'vitest';
import { zeroAddress } from './address.ts';
import { parseVersion } from './names.ts';
import { compareVersions, digestOfRef, formatReleaseRef, parseReleaseRef } from './release-ref.ts';

test.each(['alice/iris', 'alice/iris@1.0.0', `alice/iris@sha256:${'0'.repeat(64)}`, `${zeroAddress}/a.b@1.0.0-rc.1`])(
  '%s is read and written alike',
  (text) => {
    const ref = parseReleaseRef(text);
    expect(ref && formatReleaseRef(ref)).toBe(text);
  },
);

test('without a version it means the newest', () => {
  expect(parseReleaseRef('alice/iris')).toEqual({ publisher: 'alice', name: 'iris', version: null, digest: null });
});

test('a digest names one release, with or without its name before it', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  expect(parseReleaseRef(`alice/iris@${digest}`)).toEqual({ publisher: 'alice', name: 'iris', version: null, digest });
  expect(digestOfRef(`alice/iris@${digest}`)).toBe(digest);
  expect(digestOfRef(digest)).toBe(digest);
  expect(digestOfRef('alice/iris@1.0.0')).toBeNull();
});

test.each([
  '',
  'iris',
  '/iris',
  'alice/',
  'alice/iris@',
  'alice/iris@1',
  'alice/iris@1.0.0@1.0.0',
  'alice/iris@sha256:ab',
  `alice/iris@sha256:${'AB'.repeat(32)}`,
  'a/b/c',
  'alice//iris',
  'alice/iris/../x',
  'alice\\iris',
  ' alice/iris',
  'alice/iris\n',
  'alice/iris@1.0.0+b',
  'al/iris',
  'alice/.',
  'alice/con',
  `${zeroAddress}0/iris`,
  `alice/${'a'.repeat(10_000)}`,
  `${'a/'.repeat(10_000)}`,
  `${'@'.repeat(10_000)}/`,
])('%j names no release', (text) => {
  expect(parseReleaseRef(text)).toBeNull();
});

test('versions are ordered as in the example of Semantic Versioning §11', () => {
  const inOrder = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.1.0',
    '1.9.0',
    '1.10.0',
    '2.0.0',
  ];
  expect([...inOrder].reverse().sort(compareVersions)).toEqual(inOrder);
});

test('numbers beyond what a double holds are still told apart', () => {
  expect(compareVersions('1.0.0-9007199254740993', '1.0.0-9007199254740992')).toBeGreaterThan(0);
  expect(compareVersions('1.0.0-9', '1.0.0-10000000000000000000000')).toBeLessThan(0);
});

test('the order is total: two versions are equal only when they are spelled alike', () => {
  const identifier = fc.constantFrom(
    '0',
    '1',
    '10',
    '2',
    'a',
    'A',
    'a-',
    '-',
    '1a',
    '9007199254740992',
    '9007199254740993',
  );
  const version = fc
    .tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.array(identifier, { maxLength: 3 }))
    .map(([x, y, z, pre]) => `${x}.${y}.${z}${pre.length > 0 ? `-${pre.join('.')}` : ''}`)
    .filter((text) => parseVersion(text) !== null);
  fc.assert(
    fc.property(version, version, version, (x, y, z) => {
      expect(Math.sign(compareVersions(x, y))).toBe(-Math.sign(compareVersions(y, x)) + 0);
      expect(compareVersions(x, y) === 0).toBe(x === y);
      if (compareVersions(x, y) <= 0 && compareVersions(y, z) <= 0)
        expect(compareVersions(x, z)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 500 },
  );
});
