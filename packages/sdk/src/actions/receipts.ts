import { type Address, ReceiptProof, SegmentTaken, SignedReceipt3, segmentType } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { readJson } from '../client/read-json.ts';

/** The proof that a receipt is in the log. Refused with ReceiptNotLogged while it is on its way there. */
export const getReceiptProof = (client: Client, id: string, { signal }: Abortable = {}) =>
  readJson(client, ReceiptProof, `/v1/receipts/${id}/proof`, { signal });

/**
 * A gateway's account of the calls it passed on, as `encodeSegment` writes it. Sent again it counts once: after a failure the
 * same bytes are to be sent. `sha256` is that of the bytes, in hex, where the caller has it cheaper than this package.
 */
export const sendSegment = (
  client: Client,
  bytes: Uint8Array,
  { sha256, signal }: Abortable & { sha256?: string } = {},
) =>
  readJson(client, SegmentTaken, '/v1/calls', {
    method: 'POST',
    bytes,
    ...(sha256 === undefined ? {} : { bodyHash: sha256 }),
    headers: { 'content-type': segmentType },
    sign: true,
    signal,
  });

/** Where a receipt of version 3 stands. Sessions are random: the node is named where two claim one. */
export type ReceiptPlace = { session: string; number: number; node?: Address };

const pathOf = ({ session, number, node }: ReceiptPlace, more: string) =>
  `/v1/sessions/${session}/receipts/${number}${more}${node === undefined ? '' : `?node=${node}`}`;

/** A receipt as it was reported, with the path and the header that prove it alone. Throws ReceiptNotFound. */
export const getReceipt = (client: Client, place: ReceiptPlace, { signal }: Abortable = {}) =>
  readJson(client, SignedReceipt3, pathOf(place, ''), { signal });

/** The proof that it is in the log. Refused with ReceiptNotLogged while it is on its way there. */
export const getProofOfCall = (client: Client, place: ReceiptPlace, { signal }: Abortable = {}) =>
  readJson(client, ReceiptProof, pathOf(place, '/proof'), { signal });
