import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Dropped bytes that may wait to be freed. With half of it a body of 3 MB cost a millisecond more (measured). */
const mostWaiting = 8 * 2 ** 20;
/**
 * How far the heap may grow until a large collection while large bodies come, as V8 is told: to four times what lives, its own
 * maximum, and never beyond half of what is left of its limit. What it chooses by itself counts memory outside the heap too, and
 * the heap of a node is small: every fourth body of 3 MB began a collection, a third of the CPU of the process (measured).
 */
const growing = { busy: '--heap-growing-percent=300', byItself: '--heap-growing-percent=0' };
/** When nothing was dropped for so long, what grew old meanwhile is freed too. */
const quietMs = 2_000;

type Collect = (options: { type: 'minor' | 'major'; execution: 'sync' | 'async' }) => unknown;

let collect: Collect | null = null;
let waiting = 0;
let isOldWaiting = false;
let quiet: NodeJS.Timeout | null = null;

/**
 * attack: bodies that are read only to be dropped. Each piece that arrives is memory of its own outside the heap, which the
 * collector hardly sees: 40 of 31 MiB left 100 MB waiting to be freed, for ever on a process at rest (measured on Node 20).
 * So who drops bytes says how many. A small collection takes about a millisecond, a large one comes at rest.
 */
export function freeDropped(bytes: number): void {
  waiting += bytes;
  if (waiting >= mostWaiting) {
    waiting = 0;
    if (!isOldWaiting) setFlagsFromString(growing.busy);
    isOldWaiting = true;
    collect ??= exposeCollector();
    collect({ type: 'minor', execution: 'sync' });
  }
  if (isOldWaiting) quiet = quiet?.refresh() ?? setTimeout(freeOld, quietMs).unref();
}

function freeOld(): void {
  quiet = null;
  isOldWaiting = false;
  setFlagsFromString(growing.byItself);
  collect?.({ type: 'major', execution: 'async' });
}

function exposeCollector(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
