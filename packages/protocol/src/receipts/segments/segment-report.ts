import { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import { toHex } from '../../bytes/hex.ts';
import { sha256 } from '../../bytes/sha256.ts';
import type { Address } from '../../identity/address.ts';
import { addressOf, type PrivateKey } from '../../keys/private-key.ts';
import { recoverSigner } from '../../keys/recover-signer.ts';
import { signTyped } from '../../keys/sign-typed.ts';
import type { TypedStruct } from '../../keys/typed-data.ts';
import type { HashBytes } from '../../log/merkle-hash.ts';

/** What a gateway signs of what it reports: tags and counts of failures are its word alone, no node signed them. */
export const reportStruct: TypedStruct = {
  name: 'CallsReport',
  fields: [
    ['gateway', 'address'],
    ['issuedAt', 'uint64'],
    ['head', 'bytes32'],
    ['batches', 'bytes32'],
  ],
};

/** Behind the batches of a segment of version 2: gateway 20, issuedAt 8, signature 65. */
export const reportBytes = 93;

/** Who reports, when, by its own clock. */
export type SegmentReport = { gateway: Address; issuedAt: number; signature: string };
export type ReportSigner = { key: PrivateKey; issuedAt: number };

/** `head` is what stands before the first batch, `batches` the sha256 of each batch in order, one behind the other. */
type Reported = { head: Uint8Array; batches: Uint8Array };

const claimOf = (gateway: Address, issuedAt: number, { head, batches }: Reported, hash: HashBytes) => ({
  ...{ gateway, issuedAt },
  head: toHex(hash(head)),
  batches: toHex(hash(batches)),
});

export function writeReport(to: ByteWriter, { key, issuedAt }: ReportSigner, reported: Reported): void {
  const gateway = addressOf(key);
  to.hex(gateway, 20);
  to.u64(issuedAt);
  to.hex(signTyped(reportStruct, claimOf(gateway, issuedAt, reported, sha256), key), 65);
}

export function readReport(bytes: Uint8Array, at: number): SegmentReport {
  const from = new ByteReader(bytes, at);
  return { gateway: `0x${from.hex(20)}` as Address, issuedAt: from.u64(), signature: `0x${from.hex(65)}` };
}

export const isReportOf = (
  { gateway, issuedAt, signature }: SegmentReport,
  reported: Reported,
  hash: HashBytes,
): boolean => recoverSigner(reportStruct, claimOf(gateway, issuedAt, reported, hash), signature) === gateway;
