import { type BatchOfCalls, batchBytes, type CallRecord, writeTerms } from '@callable/protocol';

/**
 * The bytes that a batch takes in a segment at most. attack: a caller with long terms, new ones in each call, would else make a
 * segment so large that the hub refuses it with everybody's calls.
 */
export function sizeOfBatch({ records }: BatchOfCalls): number {
  let bytes = batchBytes + 1;
  for (const record of records) bytes += sizeOfRecord(record);
  return bytes;
}

/** With its release and runtime, though they stand once. */
function sizeOfRecord(record: CallRecord): number {
  if (record.kind === 'hash') return 33;
  const { request } = record;
  if (!request) return 290;
  const terms = request.terms && writeTerms(request.terms);
  // UTF-8 has at most three bytes for each unit of a string.
  return 422 + 3 * (request.method.length + request.path.length + (terms?.length ?? 0));
}
