import { type CountedFile, countFile, dayOf, RequestMemory } from '@callable/protocol';
import { readWhole } from './place.ts';

/** The file of a `receipts.batched` statement, which entered the log at `filedAt`. */
export type FiledCalls = { seq: number; filedAt: number; path: string };
export type CountedTo = { seq: number; day: number };

/** Counts files one after the other and remembers the requests of the day in them. */
export function createUsageCounter() {
  let memory = new RequestMemory();
  let last: CountedTo | null = null;

  function take({ seq, filedAt, path }: FiledCalls): CountedFile | null {
    const bytes = readWhole(path);
    last = { seq, day: dayOf(filedAt) };
    return bytes && countFile(bytes, filedAt, memory);
  }

  return {
    countedTo: (): CountedTo | null => last,
    /** `before` are files of this day that are counted and not known here; with `isNew` all is forgotten first. */
    count(file: FiledCalls, { before, isNew }: { before: readonly FiledCalls[]; isNew: boolean }): CountedFile | null {
      if (isNew) memory = new RequestMemory();
      for (const one of before) take(one);
      return take(file);
    },
  };
}
