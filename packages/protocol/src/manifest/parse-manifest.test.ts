import { expect, test } from 'vitest';
import manifests from '../../../../specs/vectors/manifests.json' with { type: 'json' };
import { digestJson } from '../identity/digest.ts';
import { abilitiesOf, firstAbilities, missingAbilities } from './abilities-of.ts';
import { collidingPaths, filePathProblem } from './file-path.ts';
import { findMismatch } from './find-mismatch.ts';
import { chunkBytes, manifestLimits } from './limits.ts';
import { Manifest } from './manifest.ts';
import { parseManifest } from './parse-manifest.ts';

type Shape = Record<string, unknown> & Manifest;
const base = manifests.valid[0]!.manifest as unknown as Shape;
const hash = 'ab'.repeat(32);
const changed = (change: (manifest: Shape) => void): unknown => {
  const copy = structuredClone(base);
  change(copy);
  return copy;
};
const refusal = (value: unknown): string => {
  const verdict = parseManifest(value);
  return verdict.ok ? 'taken' : verdict.message;
};
const file = (path: string, size = 1) => ({ path, size, sha256: hash, chunks: size === 0 ? [] : [hash] });

test.each(manifests.valid)('valid: $name', ({ manifest, digest }) => {
  expect(parseManifest(manifest)).toEqual({ ok: true, manifest, digest });
  expect(digestJson(manifest)).toBe(digest);
});

test.each(manifests.invalid)('invalid: $name', ({ manifest, reason, message }) => {
  expect(parseManifest(manifest)).toEqual({ ok: false, reason, message });
});

test.each<[string, (manifest: Shape) => void, string]>([
  ['a missing member', (m) => Reflect.deleteProperty(m, 'name'), '/name is missing'],
  ['a member whose name is no word', (m) => Object.assign(m, { 'back door': 1 }), '/back door is no name for a member'],
  [
    'another schema',
    (m) => Object.assign(m, { schema: 'callable.manifest/v2' }),
    '/schema must be "callable.manifest/v1"',
  ],
  [
    'a checksummed publisher',
    (m) => Object.assign(m, { publisher: `0x${'A'.repeat(40)}` }),
    '/publisher must be an address: 0x and 40 lower-case hex digits',
  ],
  [
    'a name outside its grammar',
    (m) => Object.assign(m, { name: 'Iris' }),
    '/name must be 1 to 63 of a-z, 0-9 and inner . _ -, and not a name that Windows keeps for a device',
  ],
  [
    'a version with build metadata',
    (m) => Object.assign(m, { version: '1.0.0+1' }),
    '/version must be a semantic version without build metadata, like 1.2.3',
  ],
  [
    'a title too long',
    (m) => Object.assign(m, { title: 'x'.repeat(121) }),
    '/title must not have more than 120 characters',
  ],
  ['a title that is no text', (m) => Object.assign(m, { title: 1 }), '/title must be string'],
  ['too many tags', (m) => Object.assign(m, { tags: Array(17).fill('a') }), '/tags has 17 entries, the limit is 16'],
  [
    'a format that is no word',
    (m) => Object.assign(m, { format: 'A Pickle' }),
    '/format must be 1 to 40 of a-z, 0-9 and . + -, beginning with a letter',
  ],
  ['no files', (m) => Object.assign(m, { files: [] }), '/files has 0 entries, at least 1 are needed'],
  ['no outputs', (m) => Object.assign(m, { outputs: [] }), '/outputs has 0 entries, at least 1 are needed'],
  ['a price before there are prices', (m) => Object.assign(m, { price: '1' }), '/price must be null'],
  [
    'a hash that is none',
    (m) => Object.assign(m.files[0]!, { sha256: 'x' }),
    '/files/0/sha256 must be a sha256: 64 lower-case hex digits',
  ],
  ['a negative size', (m) => Object.assign(m.files[0]!, { size: -1 }), '/files/0/size must be >= 0'],
  ['a fraction of a byte', (m) => Object.assign(m.files[0]!, { size: 0.5 }), '/files/0/size must be integer'],
  [
    'a size beyond doubles',
    (m) => Object.assign(m.files[0]!, { size: 1e300 }),
    `/files/0/size must be <= ${manifestLimits.fileBytes}`,
  ],
  [
    'a size without its chunks',
    (m) => Object.assign(m.files[0]!, { size: chunkBytes + 1 }),
    `model.onnx has ${chunkBytes + 1} bytes, so it has 2 chunks of 4 MiB, not 1`,
  ],
  [
    'a chunk with another hash than its only file',
    (m) => Object.assign(m.files[0]!, { chunks: [hash] }),
    'model.onnx is one chunk, so its chunk hash is its sha256',
  ],
  [
    'chunks of an empty file',
    (m) => Object.assign(m.files[0]!, { size: 0 }),
    'model.onnx has 0 bytes, so it has 0 chunks of 4 MiB, not 1',
  ],
  [
    'an entry that is no file',
    (m) => Object.assign(m, { entry: 'other.onnx' }),
    'the entry other.onnx is not among the files',
  ],
  [
    'a datatype nobody knows',
    (m) => Object.assign(m.inputs[0]!, { datatype: 'FLOAT' }),
    '/inputs/0/datatype must be one of FP32, UINT8, INT8, UINT16, INT16, INT32, INT64, BYTES, BOOL, FP16, FP64, UINT32, UINT64',
  ],
  [
    'a rank beyond the limit',
    (m) => Object.assign(m.inputs[0]!, { shape: Array(17).fill(1) }),
    '/inputs/0/shape has 17 entries, the limit is 16',
  ],
  ['a dimension below -1', (m) => Object.assign(m.inputs[0]!, { shape: [-2] }), '/inputs/0/shape/0 must be >= -1'],
  ['an input twice', (m) => m.inputs.push(m.inputs[0]!), 'the input X is declared twice'],
  ['an output twice', (m) => m.outputs.push(m.outputs[0]!), 'the output label is declared twice'],
  ['two vectors of one name', (m) => m.vectors.push(m.vectors[0]!), 'two vectors have the name setosa'],
  [
    'a vector with an input of no tensor',
    (m) => Object.assign(m.vectors[0]!, { inputs: { Y: 1 } }),
    'the vector setosa gives the input Y, which is not declared',
  ],
  [
    'a vector with an output of no tensor',
    (m) => Object.assign(m.vectors[0]!, { outputs: { Y: 1 } }),
    'the vector setosa expects the output Y, which is not declared',
  ],
  [
    'a vector in a file that is not there',
    (m) => m.vectors.push({ name: 'v', file: 'v.json', rtol: 0, atol: 0 }),
    'the vector v names the file v.json, which is not among the files',
  ],
  ['a vector without tolerance', (m) => Reflect.deleteProperty(m.vectors[0]!, 'rtol'), '/vectors/0/rtol is missing'],
  [
    'attack: a vector that is two examples, whichever is looked at first',
    (m) => Object.assign(m.vectors[0]!, { file: 'model.onnx' }),
    'the vector setosa has a file beside inputs or outputs: it is one or the other',
  ],
  [
    'a tolerance that takes everything',
    (m) => Object.assign(m.vectors[0]!, { rtol: 2 }),
    '/vectors/0/rtol must be <= 1',
  ],
  ['an opset of zero', (m) => Object.assign(m.needs, { opset: { 'ai.onnx': 0 } }), '/needs/opset/ai.onnx must be >= 1'],
])('%s is named, with what is right', (_, change, message) => {
  expect(refusal(changed(change))).toBe(message);
});

test.each<[string, unknown]>([
  ['null', null],
  ['nothing', undefined],
  ['a list', []],
  ['a text', 'manifest'],
  ['a number', 1],
])('%s is no manifest', (_, value) => {
  expect(refusal(value)).toBe('the manifest must be object');
});

test.each([
  ['parent', '../model.onnx'],
  ['parent inside', 'a/../../b'],
  ['here', './a'],
  ['absolute', '/etc/passwd'],
  ['a drive', 'C:/x'],
  ['backslash', 'a\\b'],
  ['NUL', 'a\0.onnx'],
  ['empty', ''],
  ['an empty part', 'a//b'],
  ['a trailing slash', 'a/'],
  ['a line break', 'a\nb'],
  ['beyond ASCII', 'modèl.onnx'],
  ['a look-alike slash', 'a∕b'],
  ['a right-to-left mark', 'a\u202egnp.onnx'],
  ['300 letters', 'a'.repeat(300)],
  ['a trailing dot, which Windows drops', 'a./b'],
  ['a trailing space, which Windows drops', 'a /b'],
  ['a leading space', ' a'],
  ['a stream of NTFS', 'a:b'],
  ['a wildcard', '*'],
  ['a device', 'con'],
  ['a device with an ending', 'x/NUL.txt'],
  ['a device with a space', 'aux .txt'],
  ['a numbered device', 'Com1'],
])('attack: the path with %s is refused', (_, path) => {
  expect(filePathProblem(path)).not.toBeNull();
  expect(refusal(changed((m) => m.files.push(file(path))))).toMatch(/refused|\/files\/1\/path/);
});

test.each([
  'model.onnx',
  'a/b/c.bin',
  'x..y',
  '...x',
  '.hidden',
  'console',
  'com10',
  'a b.txt',
  '[x](y)~@=+,-_',
  'a'.repeat(255),
])('the path %s is fine', (path) => {
  expect(filePathProblem(path)).toBeNull();
});

test('attack: files that one file system cannot tell apart', () => {
  expect(collidingPaths(['a', 'b', 'A'])).toEqual(['a', 'A']);
  expect(collidingPaths(['dir/X', 'DIR/x'])).toEqual(['dir/X', 'DIR/x']);
  expect(collidingPaths(['a/b', 'A'])).toEqual(['A', 'a/b']);
  expect(collidingPaths(['x/A/1', 'x/a/2'])).toEqual(['x/A/1', 'x/a/2']);
  expect(collidingPaths(['x/a/1', 'x/a/2', 'y/A/1'])).toBeNull();
  expect(collidingPaths(['a', 'ab', 'a.b', 'b/a'])).toBeNull();
  expect(refusal(changed((m) => m.files.push(file('MODEL.onnx'))))).toContain('model.onnx and MODEL.onnx');
  expect(refusal(changed((m) => m.files.push(file('model.onnx'))))).toContain('cannot stand beside');
});

test('of a name of 257 characters the length is said', () => {
  expect(refusal(changed((m) => Object.assign(m.inputs[0]!, { name: 'i'.repeat(257) })))).toBe(
    '/inputs/0/name must not have more than 256 characters',
  );
  expect(refusal(changed((m) => Object.assign(m.inputs[0]!, { name: '' })))).toContain('fewer than 1');
});

test('attack: a tensor named __proto__ would change the objects it is put into', () => {
  expect(refusal(changed((m) => Object.assign(m.inputs[0]!, { name: '__proto__' })))).toBe(
    '/inputs/0/name must be another name than __proto__',
  );
  expect(refusal(changed((m) => Object.assign(m.vectors[0]!, { inputs: JSON.parse('{"__proto__":[1]}') })))).toContain(
    '"__proto__", which is not allowed',
  );
  expect(refusal(JSON.parse(JSON.stringify(base).replace(/^\{/, '{"__proto__":{"price":1},')))).toBe(
    '/__proto__ is no name for a member',
  );
});

test('attack: a line break in a name does not step past the rules for its value', () => {
  expect(refusal(changed((m) => Object.assign(m.needs, { opset: { 'a\nb': { anything: true } } })))).toBe(
    '/needs/opset has the name "a\\nb", which is not allowed',
  );
});

test.each([
  ['a number beyond doubles', '[1e999]', 'Infinity is not a JSON number'],
  ['a lone surrogate', '"\\ud800"', 'lone surrogate'],
  ['nesting a hundred thousand deep', '['.repeat(100_000) + ']'.repeat(100_000), 'nested deeper'],
])('attack: %s in a vector is refused, not thrown', (_, json, message) => {
  expect(refusal(changed((m) => Object.assign(m.vectors[0]!, { inputs: { X: JSON.parse(json) } })))).toContain(message);
});

test('a vector of the highest rank has a digest', () => {
  const deep = JSON.parse('['.repeat(manifestLimits.rank) + 1 + ']'.repeat(manifestLimits.rank));
  expect(parseManifest(changed((m) => Object.assign(m.vectors[0]!, { inputs: { X: deep } }))).ok).toBe(true);
});

test('the limit on the whole is exact, in bytes of canonical JSON', () => {
  const sized = (letters: number) =>
    changed((m) => Object.assign(m.vectors[0]!, { inputs: { X: 'x'.repeat(letters) } }));
  const room = manifestLimits.bytes - new TextEncoder().encode(JSON.stringify(sized(0))).length;
  expect(refusal(sized(room))).toBe('taken');
  expect(refusal(sized(room + 1))).toContain(`${manifestLimits.bytes + 1} bytes`);
});

/** Counts how much of a value is looked at: a clock would measure the machine. */
function watched<Value extends object>(value: Value): { value: Value; reads: () => number } {
  let reads = 0;
  const watch = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name, receiver) {
        reads++;
        const member: unknown = Reflect.get(target, name, receiver);
        return typeof member === 'object' && member !== null ? watch(member) : member;
      },
    });
  return { value: watch(value), reads: () => reads };
}

test.each<[string, (manifest: Shape) => void]>([
  ['tags', (m) => Object.assign(m, { tags: Array(100_000).fill(1) })],
  ['files', (m) => Object.assign(m, { files: Array(100_000).fill({}) })],
  ['vectors', (m) => Object.assign(m, { vectors: Array(100_000).fill({}) })],
  ['chunks', (m) => Object.assign(m.files[0]!, { chunks: Array(300_000).fill('z') })],
  ['wrong chunks', (m) => Object.assign(m.files[0]!, { chunks: Array(100_000).fill('z') })],
  ['wrong labels', (m) => Object.assign(m.outputs[0]!, { labels: Array(10_000).fill(1) })],
  ['labels', (m) => Object.assign(m.outputs[0]!, { labels: Array(100_000).fill('a') })],
  ['dimensions', (m) => Object.assign(m.inputs[0]!, { shape: Array(100_000).fill(1) })],
  [
    'inputs of a vector',
    (m) =>
      Object.assign(m.vectors[0]!, {
        inputs: Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, 1])),
      }),
  ],
  [
    'operator domains',
    (m) =>
      Object.assign(m.needs, { opset: Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, 1])) }),
  ],
])('attack: far too many %s are refused after a glance', (_, change) => {
  const hostile = watched(changed(change) as Shape);
  const verdict = parseManifest(hostile.value);
  expect(verdict).toMatchObject({ ok: false });
  expect(hostile.reads()).toBeLessThan(1000);
});

test("a stranger's text never makes a long message", () => {
  const long = 'x'.repeat(100_000);
  for (const change of [
    (m: Shape) => Object.assign(m, { [long]: 1 }),
    (m: Shape) => Object.assign(m.vectors[0]!, { inputs: { [long]: 1 } }),
    (m: Shape) => Object.assign(m.needs, { opset: { [long]: 1 } }),
    (m: Shape) => Object.assign(m, { name: long }),
    (m: Shape) => Object.assign(m, { entry: long }),
    (m: Shape) => Object.assign(m.vectors[0]!, { inputs: { [long.slice(0, 256)]: 1 } }),
  ])
    expect(refusal(changed(change)).length).toBeLessThan(300);
});

test('the mismatch that is found is there exactly when the schema says so', () => {
  for (const { manifest } of [...manifests.valid, ...manifests.invalid]) {
    const mismatch = findMismatch(Manifest, manifest);
    expect(mismatch === null || refusal(manifest) === mismatch).toBe(true);
  }
});

test('members this version does not know are kept, wherever they stand, and are part of what is signed', () => {
  const later = changed((m) => {
    Object.assign(m, { licence: 'MIT', 'x-card.v2': { deep: [{ er: 'ü' }] } });
    Object.assign(m.files[0]!, { blake3: hash });
    Object.assign(m.inputs[0]!, { axes: ['batch', null] });
    Object.assign(m.vectors[0]!, { seed: 7 });
    Object.assign(m.needs, { gpu: false });
  });
  expect(parseManifest(later)).toEqual({ ok: true, manifest: later, digest: digestJson(later) });
  expect(digestJson(later)).not.toBe(digestJson(base));
});

test('what a later publisher needs has its place: another format, no opset, steps, abilities and a price', () => {
  const later = changed((m) => {
    Reflect.deleteProperty(m.needs, 'opset');
    Object.assign(m.needs, { abilities: ['tokens'] });
    Object.assign(m, {
      format: 'gguf',
      price: { amount: '100', asset: 'eip155:8453/erc20:0x1', per: 'token', tiers: [1] },
    });
    Object.assign(m, { steps: { before: [{ op: 'decode-jpeg', size: [224, 224] }], after: [] } });
  });
  const verdict = parseManifest(later);
  if (!verdict.ok) throw new Error(verdict.message);
  expect(verdict.manifest).toEqual(later);
  expect(abilitiesOf(verdict.manifest)).toEqual(['gguf', 'tokens', 'steps', 'price']);
  expect(missingAbilities(verdict.manifest, firstAbilities)).toEqual(['gguf', 'tokens', 'steps', 'price']);
  expect(missingAbilities(base, firstAbilities)).toEqual([]);
});

test('attack: steps that say nothing are still steps, and no price but null is free', () => {
  const empty = changed((m) => Object.assign(m, { steps: {}, price: {} })) as Manifest;
  expect(parseManifest(empty).ok).toBe(true);
  expect(missingAbilities(empty, firstAbilities)).toEqual(['steps', 'price']);
});

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
test.each<[string, (m: Shape) => void, string]>([
  [
    'too many',
    (m) => Object.assign(m, Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`m${i}`, 1]))),
    'more than 512 members are unknown to this version: /m512 is one too many',
  ],
  [
    'too large',
    (m) => Object.assign(m, { blob: 'x'.repeat(64 * 1024) }),
    'have more than 65536 bytes, counted up to /blob',
  ],
  [
    'too large together',
    (m) => Object.assign(m, { a: 'x'.repeat(40_000), b: 'x'.repeat(40_000) }),
    'have more than 65536 bytes, counted up to /b',
  ],
  ['too deep', (m) => Object.assign(m, { deep: nested(17) }), '/deep is nested deeper than 16 levels'],
  [
    'a prototype inside',
    (m) => Object.assign(m, { x: JSON.parse('{"a":[{"__proto__":{"price":1}}]}') }),
    '/x holds a member named __proto__',
  ],
  [
    'hidden in a price',
    (m) => Object.assign(m, { price: { tiers: nested(17) } }),
    '/price/tiers is nested deeper than 16 levels',
  ],
  [
    'a number JSON cannot say',
    (m) => Object.assign(m, { x: Number.POSITIVE_INFINITY }),
    'the manifest cannot be signed: Infinity is not a JSON number',
  ],
])('attack: unknown members, %s', (_, change, message) => {
  expect(refusal(changed(change))).toContain(message);
});

test('the bounds on unknown members take what they say', () => {
  expect(parseManifest(changed((m) => Object.assign(m, { deep: nested(16) }))).ok).toBe(true);
  const many = Object.fromEntries(Array.from({ length: 512 }, (_, i) => [`m${i}`, 1]));
  expect(parseManifest(changed((m) => Object.assign(m, many))).ok).toBe(true);
});
