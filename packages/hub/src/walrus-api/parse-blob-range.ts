import { WalrusProblem } from './walrus-problem.ts';

/** Bytes from `start` to `end` (exclusive). */
export type BlobRange = {
  start: number;
  end: number;
  /** Answered as 206, because a Range header asked for it. */
  asPartial: boolean;
  /** Added to the ETag of what is a resource of its own. */
  tag?: string;
};

/** A Range header as aggregators take it: one range, both ends, all of it within the blob. Other units are passed over. */
export function parseBlobRange(header: string | undefined, size: number): BlobRange | null {
  if (header === undefined || !/^bytes=/i.test(header)) return null;
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const [start, end] = [Number(first), Number(last) + 1];
  if (first !== undefined && last !== undefined && start < end && end <= size) return { start, end, asPartial: true };
  throw new WalrusProblem(416, `the range ${header.slice(0, 60)} is not one within the ${size} bytes of this blob`, {
    status: 'OUT_OF_RANGE',
    reason: 'INVALID_BYTE_RANGE',
  });
}

/** `?start=&length=`, a range in the address itself. */
export function parseStartAndLength(query: Readonly<Record<string, unknown>>, size: number): BlobRange {
  const [start, length] = [query.start, query.length].map((text) =>
    /^\d{1,15}$/.test(String(text)) ? Number(text) : Number.NaN,
  ) as [number, number];
  if (length > 0 && start + length <= size)
    return { start, end: start + length, asPartial: false, tag: `${start}-${length}` };
  throw new WalrusProblem(400, `start and length have to lie within the ${size} bytes of this blob`, {
    status: 'INVALID_ARGUMENT',
    reason: 'INVALID_BYTE_RANGE',
  });
}
