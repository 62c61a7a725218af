import { fromHex } from '../bytes/hex.ts';
import { ownMember } from '../json/own-member.ts';
import { textProblem } from '../json/text-problem.ts';
import { UnsignableError } from '../json/unsignable-error.ts';
import { keccak256 } from './keccak.ts';

/**
 * EIP-712 structs of this project are flat: every field is one word, so hashing is one pass over a fixed
 * buffer (53 µs measured with a hash in JavaScript, against 396 µs for a general encoder).
 */
export type FieldType = 'string' | 'bytes32' | 'address' | 'uint8' | 'uint64' | 'uint256';
export type FieldValue = string | number | bigint;
export type TypedStruct = {
  readonly name: string;
  readonly fields: readonly (readonly [name: string, type: FieldType])[];
};

/** The constant domain of everything signed here; no chain and no contract, like x402's receipts. */
export const domain = { name: 'Callable', version: '1' } as const;

const utf8 = (text: string) => new TextEncoder().encode(text);
const wordBytes = 32;

/**
 * The 32 bytes a wallet would sign for this struct (`eth_signTypedData_v4`).
 * Throws an UnsignableError when a field is missing or its value does not fit its type.
 */
export function hashTyped(struct: TypedStruct, values: Readonly<Record<string, FieldValue>>): Uint8Array {
  return hashWords(structWords(struct, values));
}

/** The same of words that `structWords` wrote, whatever was put into them since. */
export function hashWords(words: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(2 + 2 * wordBytes);
  preimage.set([0x19, 0x01]);
  preimage.set(domainSeparator, 2);
  preimage.set(keccak256(words), 2 + wordBytes);
  return keccak256(preimage);
}

/** A struct as it is hashed: the hash of its type, then a word of 32 bytes for each field. */
export function structWords(struct: TypedStruct, values: Readonly<Record<string, FieldValue>>): Uint8Array {
  const words = new Uint8Array(wordBytes * (struct.fields.length + 1));
  words.set(typeHash(struct));
  struct.fields.forEach(([name, type], index) => {
    const value = ownMember(values, name);
    if (value === undefined) throw new UnsignableError(`${struct.name}.${name} is missing, so it cannot be signed.`);
    words.set(encodeWord(type, value, `${struct.name}.${name}`), wordBytes * (index + 1));
  });
  return words;
}

const typeHashes = new WeakMap<TypedStruct, Uint8Array>();

function typeHash(struct: TypedStruct): Uint8Array {
  const known = typeHashes.get(struct);
  if (known) return known;
  const hash = keccak256(utf8(`${struct.name}(${struct.fields.map(([name, type]) => `${type} ${name}`).join(',')})`));
  typeHashes.set(struct, hash);
  return hash;
}

function encodeWord(type: FieldType, value: FieldValue, where: string): Uint8Array {
  if (type === 'string') return textWord(value, where);
  if (type === 'bytes32' || type === 'address') return hexWord(String(value), type === 'address' ? 20 : 32, where);
  return uintWord(value, BigInt(type.slice(4)), where);
}

function textWord(value: FieldValue, where: string): Uint8Array {
  // UTF-8 writes every lone surrogate as the same replacement character: two texts would share a signature.
  if (typeof value !== 'string' || textProblem(value) !== null)
    throw new UnsignableError(`${where} is not well-formed text, so it cannot be signed.`);
  return keccak256(utf8(value));
}

function hexWord(hex: string, length: number, where: string): Uint8Array {
  const bytes = hex.length <= 2 + 2 * length ? fromHex(hex) : null;
  if (bytes?.length !== length)
    throw new UnsignableError(`${where} is not ${length} bytes of hex, so it cannot be signed.`);
  const word = new Uint8Array(wordBytes);
  word.set(bytes, wordBytes - length);
  return word;
}

function uintWord(value: FieldValue, bits: bigint, where: string): Uint8Array {
  const number = parseUint(value);
  if (number === null || number >= 1n << bits)
    throw new UnsignableError(`${where} does not fit uint${bits}, so it cannot be signed.`);
  const word = new Uint8Array(wordBytes);
  for (let at = wordBytes - 1, rest = number; rest > 0n; at--, rest >>= 8n) word[at] = Number(rest & 0xffn);
  return word;
}

/** One spelling per number: BigInt() alone would take '', ' 7 ' and '0x7', and round what a double cannot hold. */
function parseUint(value: FieldValue): bigint | null {
  if (typeof value === 'bigint') return value >= 0n ? value : null;
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : null;
  return /^(0|[1-9][0-9]{0,77})$/.test(value) ? BigInt(value) : null;
}

const domainSeparator = keccak256(
  structWords(
    {
      name: 'EIP712Domain',
      fields: [
        ['name', 'string'],
        ['version', 'string'],
      ],
    },
    domain,
  ),
);
