import { toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { placesInBatch as places } from '../receipts/batches/hash-batch-bytes.ts';
import { type BatchView, type SegmentView, viewBatchAt } from '../receipts/segments/view-segment.ts';
import { walkSegment } from '../receipts/segments/walk-segment.ts';
import { readSaid } from './count-file.ts';

/** How a receipt is named: a session is of one node, and a number of it is filed once. */
export type ReceiptName = { node: Address; session: string; number: number };

/** A call as it stands in a file; `bare` for a hash of which nobody can say whose it is. */
export type CallInFile =
  | 'bare'
  | {
      release: string;
      node: Address;
      gateway: Address;
      tag: string;
      /** Null where nobody signed it. */
      caller: Address | null;
      principal: Address | '';
      issuedAt: number;
      relies: boolean;
      isWhole: boolean;
    };

/** The calls of these names in one segment, each in the place of its name; null for those that are not in it. Only their batches are read. */
export function findCalls(segment: Uint8Array, names: readonly ReceiptName[]): (CallInFile | null)[] {
  const found: (CallInFile | null)[] = names.map(() => null);
  const wanted = new Map<string, number[]>();
  for (const [at, { node, session }] of names.entries()) {
    const key = node.slice(2) + session;
    wanted.set(key, [...(wanted.get(key) ?? []), at]);
  }
  for (const { at } of walkSegment(segment) ?? []) {
    const asked = wanted.get(toHex(segment.subarray(at + places.node, at + places.session + 32)));
    if (!asked) continue;
    const view = viewBatchAt(segment, at);
    const batch = view?.batches[0];
    if (!view || !batch) continue;
    for (const place of asked) {
      const index = (names[place] as ReceiptName).number - batch.first;
      // attack: a file that has a number twice. The first counts.
      if (index >= 0 && index < batch.count) found[place] ??= readCall(view, batch, index);
    }
  }
  return found;
}

/** The call with this index in a batch. */
export function readCall({ bytes, words }: SegmentView, batch: BatchView, index: number): CallInFile {
  const record = batch.records[index];
  if (record?.kind !== 'call') return 'bare';
  const { signed, run, outcome } = record;
  return {
    release: words.runs[run]?.release ?? '',
    node: addressAt(bytes, batch.at + places.node),
    gateway: addressAt(bytes, batch.at + places.gateway),
    tag: (signed && words.tags[signed.tag]) ?? '',
    caller: signed && addressAt(bytes, signed.caller),
    issuedAt: signed?.issuedAt ?? 0,
    isWhole: outcome === 0,
    ...readSaid(words.texts, signed?.terms ?? -1),
  };
}

const addressAt = (bytes: Uint8Array, at: number) => `0x${toHex(bytes.subarray(at, at + 20))}` as Address;
