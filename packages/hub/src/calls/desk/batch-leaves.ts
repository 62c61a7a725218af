import {
  batchBytes,
  hashLeaf,
  hashTree,
  readSubtreesOfLeaves,
  splitSegments,
  toHex,
  walkSegment,
} from '@callable/protocol';
import { hashBytes } from '../../log/directory/hash-bytes.ts';
import { type Place, readPlace } from './place.ts';

/** The leaves that the headers in a segment are; null when these bytes are no segment. */
export function leavesOf(segment: Uint8Array): Uint8Array[] | null {
  const places = walkSegment(segment);
  return places?.map(({ at }) => hashLeaf(segment.subarray(at, at + batchBytes), hashBytes)) ?? null;
}

/** The leaves of all segments of a file beside the log; null when it holds something else. */
export function leavesOfFile(file: Uint8Array): Uint8Array[] | null {
  const leaves = splitSegments(file)?.map(leavesOf);
  return leaves?.every((one) => one !== null) ? (leaves as Uint8Array[][]).flat() : null;
}

export const rootOf = async (leaves: readonly Uint8Array[]): Promise<string> =>
  toHex(await hashTree(leaves.length, readSubtreesOfLeaves(leaves, hashBytes), hashBytes));

/** The root over the headers at these places, and which of the places hold no segment any more: those are left out. */
export async function hashPlaces(
  places: readonly Place[],
): Promise<{ root: string | null; count: number; lost: number[] }> {
  const leaves: Uint8Array[] = [];
  const lost: number[] = [];
  for (const [index, place] of places.entries()) {
    const bytes = readPlace(place);
    const found = bytes && leavesOf(bytes);
    if (found) leaves.push(...found);
    else lost.push(index);
  }
  return { root: leaves.length > 0 ? await rootOf(leaves) : null, count: leaves.length, lost };
}
