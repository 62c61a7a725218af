import { createHash, randomUUID } from 'node:crypto';
import { type Address, type CallInFile, type CountedFile, findCalls, type ReceiptName } from '@callable/protocol';
import { hashPlaces, leavesOfFile, rootOf } from './batch-leaves.ts';
import { type Comparison, compareRun } from './compare-run.ts';
import { type Draw, type DrawnReceipt, drawReceipts } from './draw-receipts.ts';
import { findReceipt, proveBatch, type Wanted } from './find-receipt.ts';
import { type ListedSegment, listSegments } from './list-segments.ts';
import { type HeldSegment, type OpenedSegment, openSegment, type Times } from './open-segment.ts';
import { type Place, readPlace, readWhole } from './place.ts';
import { type Judgement, type TalliedSegment, tallySegment } from './tally-segment.ts';
import { type CountedTo, createUsageCounter, type FiledCalls } from './usage-counter.ts';

/** All that is done with the bytes of calls, in a thread of its own. A segment that was opened is held until it is closed. */
export type CallsDesk = {
  hash(bytes: Uint8Array): string;
  open(bytes: Uint8Array, gateway: Address, times: Times): { ticket: string; opened: OpenedSegment } | null;
  compare(ticket: string, run: number, places: readonly Place[]): Comparison;
  tally(ticket: string, judgement: Judgement): TalliedSegment;
  close(ticket: string): void;
  /** See `hashPlaces`. */
  root(places: readonly Place[]): Promise<{ root: string | null; count: number; lost: number[] }>;
  /** The root of a file beside the log; null when it is not there or holds no segments. */
  rootOfFile(path: string): Promise<string | null>;
  list(path: string): ListedSegment[];
  draw(draw: Draw): DrawnReceipt[] | null;
  find(place: Place, wanted: Wanted): ReturnType<typeof findReceipt>;
  /** The calls of these names in a segment, each in the place of its name. */
  calls(place: Place, names: readonly ReceiptName[]): (CallInFile | null)[];
  /** Up to which statement of which day this desk has counted; null before the first. */
  countedTo(): CountedTo | null;
  count(file: FiledCalls, memory: { before: readonly FiledCalls[]; isNew: boolean }): CountedFile | null;
  prove(path: string, batch: { offset: number; at: number }): ReturnType<typeof proveBatch>;
};

export function createCallsDesk(): CallsDesk {
  const held = new Map<string, HeldSegment>();
  const usage = createUsageCounter();
  const take = (ticket: string): HeldSegment => {
    const segment = held.get(ticket);
    if (!segment) throw new Error('This segment is not open.');
    return segment;
  };
  return {
    hash: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    open(bytes, gateway, times) {
      const found = openSegment(bytes, gateway, times);
      if (!found) return null;
      const ticket = randomUUID();
      held.set(ticket, found.held);
      return { ticket, opened: found.opened };
    },
    compare: (ticket, run, places) => compareRun(take(ticket).runs[run]?.batches ?? [], places),
    tally: (ticket, judgement) => tallySegment(take(ticket), judgement),
    close: (ticket) => void held.delete(ticket),
    root: hashPlaces,
    async rootOfFile(path) {
      const bytes = readWhole(path);
      const leaves = bytes && leavesOfFile(bytes);
      return leaves && leaves.length > 0 ? rootOf(leaves) : null;
    },
    list: listSegments,
    draw: drawReceipts,
    find: findReceipt,
    calls(place, names) {
      const bytes = readPlace(place);
      return bytes ? findCalls(bytes, names) : names.map(() => null);
    },
    prove: proveBatch,
    ...usage,
  };
}
