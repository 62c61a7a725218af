import { toHex } from '../../bytes/hex.ts';
import { zeroBytes32 } from '../../bytes/zero-bytes32.ts';
import type { Address } from '../../identity/address.ts';
import { UnsignableError } from '../../json/unsignable-error.ts';
import { hashWords, structWords, type TypedStruct } from '../../keys/typed-data.ts';
import { readTerms } from '../../requests/read-terms.ts';
import { reliesText } from '../../requests/relies.ts';
import { typedOnTerms } from '../../requests/request-hash.ts';
import { requestStruct } from '../../requests/signed-request.ts';
import { requestStruct2 } from '../../requests/signed-request-2.ts';
import { placesInBatch } from '../batches/hash-batch-bytes.ts';
import type { SignedView } from './record-view.ts';
import type { BatchView, SegmentView } from './view-segment.ts';

/** The hash that the receipt of a signed call names, or null for what nobody can sign. */
export type HashSignedCall = (batch: BatchView, signed: SignedView) => Uint8Array | null;

/**
 * Hashes the requests of a segment from where they stand. What most of them have alike (method, path, for whom) is made words
 * once: two hashes of a call are left of six.
 */
export function hashSignedCalls(segment: SegmentView): HashSignedCall {
  const { bytes } = segment;
  const known = new Map<string, Uint8Array | null>();
  return (batch, signed) => {
    const { version, target, audience, terms } = signed;
    const struct = version === 1 ? requestStruct : requestStruct2;
    const gateway = version === 2 && audience < 0 ? addressAt(bytes, batch.at + placesInBatch.gateway) : '';
    const key = `${version} ${target} ${audience} ${terms} ${gateway}`;
    // Terms number their requests, so nobody would ask for those words again; that a caller relies is said in the same ones.
    const isAlike = terms < 0 || segment.words.texts[terms] === reliesText;
    let words = isAlike ? known.get(key) : undefined;
    if (words === undefined) {
      words = writeWords(segment, signed, gateway);
      if (isAlike) known.set(key, words);
    }
    if (words === null) return null;
    words.set(bytes.subarray(signed.hashes, signed.hashes + 32), wordAt(struct, 'body'));
    words.set(bytes.subarray(signed.hashes + 32, signed.hashes + 64), wordAt(struct, 'nonce'));
    writeTime(words, wordAt(struct, 'issuedAt'), signed.issuedAt);
    return hashWords(words);
  };
}

const addressAt = (bytes: Uint8Array, at: number) => `0x${toHex(bytes.subarray(at, at + 20))}` as Address;

/** The words of a request but body, nonce and time. */
function writeWords({ words: { texts } }: SegmentView, signed: SignedView, gateway: string): Uint8Array | null {
  const text = texts[signed.target] ?? '';
  const space = text.indexOf(' ');
  const plain = { method: text.slice(0, space), path: text.slice(space + 1), body: zeroBytes32, nonce: zeroBytes32 };
  const terms = signed.terms < 0 ? {} : readTerms(texts[signed.terms]);
  if (!terms) return null;
  const audience = texts[signed.audience] ?? gateway;
  try {
    return signed.version === 1
      ? structWords(requestStruct, { ...plain, issuedAt: 0 })
      : structWords(...typedOnTerms({ ...plain, issuedAt: 0, ...terms, version: 2, audience }));
  } catch (error) {
    if (error instanceof UnsignableError) return null;
    throw error;
  }
}

/** Behind the hash of the type. */
const wordAt = (struct: TypedStruct, field: string): number =>
  32 * (1 + struct.fields.findIndex(([name]) => name === field));

function writeTime(words: Uint8Array, at: number, time: number): void {
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  view.setUint32(at + 24, Math.floor(time / 2 ** 32));
  view.setUint32(at + 28, time % 2 ** 32);
}
