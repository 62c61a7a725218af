import fc from 'fast-check';
import { expect, test } from 'vitest';
import vectors from '../../../../specs/vectors/typed-data.json' with { type: 'json' };
import { fromHex, toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { UnsignableError } from '../json/unsignable-error.ts';
import { receiptStruct1 } from '../receipts/receipt-1.ts';
import { receiptStruct2 } from '../receipts/receipt-2.ts';
import { requestStruct } from '../requests/signed-request.ts';
import { requestStruct2 } from '../requests/signed-request-2.ts';
import { statementStruct } from '../statements/statement.ts';
import type { Curve } from './curve.ts';
import { curve as native } from './native-curve.ts';
import { curve as javascript } from './noble-curve.ts';
import { addressOf, addressOfPublicKey, createPrivateKey, type PrivateKey, parsePrivateKey } from './private-key.ts';
import { recoverSigner } from './recover-signer.ts';
import { signTyped } from './sign-typed.ts';
import { curve as small } from './small-curve.ts';
import { domain, type FieldValue, hashTyped, type TypedStruct } from './typed-data.ts';

const structs: Record<string, TypedStruct> = {
  Statement: statementStruct,
  Request: requestStruct,
  Receipt: receiptStruct1,
  Request2: requestStruct2,
  Receipt2: receiptStruct2,
};
const cases = vectors.cases.map((one) => ({
  ...one,
  struct: structs[one.struct] as TypedStruct,
  values: one.values as unknown as Record<string, FieldValue>,
  key: parsePrivateKey(one.key) as PrivateKey,
}));
const sample = cases[0]!;
const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';

test('the structs and the domain are those of the vectors', () => {
  expect(domain).toEqual(vectors.domain);
  for (const [name, fields] of Object.entries(vectors.types))
    expect(structs[name]?.fields).toEqual(fields.map((field) => [field.name, field.type]));
});

test.each(cases)('$name: hash, signature and signer are those of an independent implementation', (one) => {
  expect(toHex(hashTyped(one.struct, one.values))).toBe(one.hash);
  expect(signTyped(one.struct, one.values, one.key)).toBe(one.signature);
  expect(addressOf(one.key)).toBe(one.signer);
  expect(recoverSigner(one.struct, one.values, one.signature)).toBe(one.signer);
});

test('the native curve is really native here, or this test proves nothing', () => {
  const shipped = ['linux-x64', 'darwin-arm64', 'win32-x64'].includes(`${process.platform}-${process.arch}`);
  expect(native.implementation).toBe(shipped ? 'native' : native.implementation);
  expect(javascript.implementation).toBe('javascript');
});

test('the native curve and those in JavaScript give the same signatures, keys and signers', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(bytes32, bytes32, (digest, seed) => {
      const secret = parsePrivateKey(toHex(seed));
      fc.pre(secret !== null);
      if (!secret) return;
      const ours = javascript.sign(digest, secret);
      for (const other of [native, small]) {
        expect(other.sign(digest, secret)).toEqual(ours);
        expect(toHex(other.publicKey(secret))).toBe(toHex(javascript.publicKey(secret)));
      }
      for (const recovery of [0, 1])
        for (const other of [native, small])
          expect(other.recover(digest, ours.signature, recovery)).toEqual(
            javascript.recover(digest, ours.signature, recovery),
          );
      expect(javascript.recover(digest, ours.signature, ours.recovery)).toEqual(javascript.publicKey(secret));
    }),
    { numRuns: 25 },
  );
});

const bytesOf = (r: string, s: string) => fromHex(r + s) as Uint8Array;
const one = '0'.repeat(63).concat('1');
test.each<[string, Uint8Array]>([
  ['a zero r', bytesOf('0'.repeat(64), one)],
  ['a zero s', bytesOf(one, '0'.repeat(64))],
  ['zeros', bytesOf('0'.repeat(64), '0'.repeat(64))],
  ['an r at the order', bytesOf(order, one)],
  ['an s at the order', bytesOf(one, order)],
  ['all ones', new Uint8Array(64).fill(0xff)],
  ['an r that is no point', bytesOf('0'.repeat(63).concat('5'), one)],
  ['too few bytes', new Uint8Array(63)],
  ['too many bytes', new Uint8Array(65)],
  ['no bytes', new Uint8Array(0)],
])('attack: %s has no signer on any curve, and throws on none', (_, signature) => {
  for (const curve of [native, javascript, small] satisfies Curve[])
    for (const recovery of [0, 1, 2, 3, 4, 255]) {
      const digest = new Uint8Array(32).fill(7);
      if (recovery < 2 || signature.length !== 64) expect(curve.recover(digest, signature, recovery)).toBeNull();
      else expect(() => curve.recover(digest, signature, recovery)).not.toThrow();
    }
});

const recover = (signature: string) => recoverSigner(sample.struct, sample.values, signature);
const parts = (signature: string) => [signature.slice(2, 66), signature.slice(66, 130), signature.slice(130)] as const;

test('attack: the mirror image of a signature is refused, so a statement has one spelling', () => {
  for (const { struct, values, signature } of cases) {
    const [r, s, v] = parts(signature);
    const mirrored = (BigInt(`0x${order}`) - BigInt(`0x${s}`)).toString(16).padStart(64, '0');
    const other = v === '1b' ? '1c' : '1b';
    expect(recoverSigner(struct, values, `0x${r}${mirrored}${other}`)).toBeNull();
  }
});

test('half the order is the last s that is taken', () => {
  const half = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0';
  const [r, , v] = parts(sample.signature);
  expect(recover(`0x${r}${half}${v}`)).not.toBeNull();
  expect(recover(`0x${r}${half.slice(0, -1)}1${v}`)).toBeNull();
});

test.each(['00', '01', '1a', '1d', '25', 'ff'])('attack: v = %s is refused', (v) => {
  const [r, s] = parts(sample.signature);
  expect(recover(`0x${r}${s}${v}`)).toBeNull();
});

test('attack: any other spelling of a signature is refused', () => {
  const { signature } = sample;
  const spellings = [
    '',
    '0x',
    signature.slice(2),
    signature.toUpperCase(),
    `0x${signature.slice(2).toUpperCase()}`,
    `${signature}00`,
    signature.slice(0, -2),
    ` ${signature}`,
    `${signature}\n`,
    `0x${'zz'.repeat(65)}`,
    'x'.repeat(10_000_000),
  ];
  for (const spelling of spellings) expect(recover(spelling)).toBeNull();
});

test('no text at all makes recovery throw', () => {
  const hex = (length: number) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => `0x${toHex(bytes)}`);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        hex(65),
        hex(64).chain((rs) => fc.constantFrom(`${rs}1b`, `${rs}1c`)),
      ),
      (text) => {
        const signer = recover(text);
        expect(signer === null || /^0x[0-9a-f]{40}$/.test(signer)).toBe(true);
      },
    ),
  );
});

const numbers: TypedStruct = {
  name: 'Numbers',
  fields: [
    ['small', 'uint8'],
    ['time', 'uint64'],
    ['price', 'uint256'],
    ['who', 'address'],
    ['hash', 'bytes32'],
    ['text', 'string'],
  ],
};
const fine = { small: 255, time: 0, price: '0', who: `0x${'0'.repeat(40)}`, hash: '0'.repeat(64), text: '' };

test('a number has one hash, however it is held', () => {
  const hash = (price: FieldValue) => toHex(hashTyped(numbers, { ...fine, price }));
  expect(hash('17')).toBe(hash(17n));
  expect(hash(17)).toBe(hash(17n));
  expect(hash(2n ** 256n - 1n)).not.toBe(hash(2n ** 255n));
});

test.each<[string, Record<string, FieldValue | undefined>]>([
  ['a missing field', { text: undefined }],
  ['a number too wide', { small: 256 }],
  ['a price of 2^256', { price: (2n ** 256n).toString() }],
  ['a price of 78 nines', { price: '9'.repeat(78) }],
  ['a negative number', { time: -1 }],
  ['a fraction', { time: 0.5 }],
  ['NaN', { time: Number.NaN }],
  ['a number a double cannot hold', { price: 2 ** 53 }],
  ['an empty number', { price: '' }],
  ['a padded number', { price: ' 7 ' }],
  ['a hexadecimal number', { price: '0x7' }],
  ['a number with leading zeros', { price: '007' }],
  ['a number as long as a book', { price: '9'.repeat(1_000_000) }],
  ['a short hash', { hash: 'ab' }],
  ['a long hash', { hash: 'ab'.repeat(33) }],
  ['a hash as long as a book', { hash: 'ab'.repeat(1_000_000) }],
  ['a hash that is not hex', { hash: 'z'.repeat(64) }],
  ['an address of 21 bytes', { who: `0x${'0'.repeat(42)}` }],
  ['a text with a lone surrogate', { text: '\ud800' }],
  ['a number for a text', { text: 7 }],
])('%s cannot be signed, and nobody has signed it', (_, change) => {
  const values = { ...fine, ...change } as Record<string, FieldValue>;
  expect(() => hashTyped(numbers, values)).toThrow(UnsignableError);
  expect(recoverSigner(numbers, values, sample.signature)).toBeNull();
});

test('a private key is a scalar between one and the order', () => {
  for (const text of ['', '0x', '0'.repeat(64), order, 'f'.repeat(64), '1'.repeat(63), '1'.repeat(66), 'g'.repeat(64)])
    expect(parsePrivateKey(text)).toBeNull();
  const key = parsePrivateKey(` 0x${'1'.repeat(64)}\n`) as PrivateKey;
  expect(addressOf(key)).toBe(addressOfPublicKey(javascript.publicKey(key)) satisfies Address);
});

test('a broken source of random bytes ends in an error, not in a loop', () => {
  expect(() => createPrivateKey((length) => new Uint8Array(length))).toThrow('random');
  expect(() => createPrivateKey(() => new Uint8Array(5))).toThrow('random');
  expect(toHex(createPrivateKey((length) => new Uint8Array(length).fill(9)))).toBe('09'.repeat(32));
});
