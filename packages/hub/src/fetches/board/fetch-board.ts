import type { Address } from '@callable/protocol';
import { FileBoard } from './file-board.ts';

/** A file nobody asked about for this long is forgotten, milliseconds. */
const idleMs = 120_000;
/** Files with fetches under way at once; a stranger who asks for more pushes out those that were idle longest. */
const mostFiles = 2000;
/** This many nodes must say it, within `refutedForMs`, before a source is shown to nobody: one node's word costs nothing. */
const refutingNodes = 3;
const refutedForMs = 10 * 60_000;
const mostRefuted = 10_000;

/**
 * Of files that were there before this process, others may have chunks or leases of which it has not heard yet. Nodes
 * that fetch ask a hub that is back within a second; who asks first after a start waits this long for them, milliseconds.
 */
export const settlingMs = 3_000;

/**
 * Who fetches what, in this process's memory alone: all of it is hints that save bandwidth, and every request of a
 * node brings its whole state again, so a restart loses nothing but at most the chunks that were under way.
 */
export class FetchBoard {
  readonly startedAt: number;
  readonly #clock: () => number;
  #askedAt: number | null = null;
  readonly #files = new Map<string, FileBoard>();
  readonly #refutedBy = new Map<Address, Map<Address, number>>();

  constructor(clock: () => number) {
    this.#clock = clock;
    this.startedAt = clock();
  }

  /** When nodes that fetched before this process started have said what they have. Counted from the first question. */
  settledAt(): number {
    this.#askedAt ??= this.#clock();
    return this.#askedAt + settlingMs;
  }

  file(sha256: string, chunks: number): FileBoard {
    const now = this.#clock();
    const found = this.#files.get(sha256);
    const file = found?.chunks === chunks ? found : new FileBoard(chunks, this.#clock);
    file.touchedAt = now;
    // Into the last place: the first ones are those that were idle longest.
    this.#files.delete(sha256);
    this.#files.set(sha256, file);
    for (const [other, board] of this.#files) {
      if (board.touchedAt > now - idleMs && this.#files.size <= mostFiles) break;
      this.#files.delete(other);
    }
    return file;
  }

  /** One node says that a source sent it bytes with a wrong hash. */
  refute(source: Address, by: Address): void {
    const reports = this.#refutedBy.get(source) ?? new Map<Address, number>();
    reports.set(by, this.#clock());
    this.#refutedBy.delete(source);
    this.#refutedBy.set(source, reports);
    for (const [oldest] of this.#refutedBy) {
      if (this.#refutedBy.size <= mostRefuted) break;
      this.#refutedBy.delete(oldest);
    }
  }

  isRefuted(source: Address): boolean {
    const since = this.#clock() - refutedForMs;
    const reports = [...(this.#refutedBy.get(source)?.values() ?? [])];
    return reports.filter((at) => at > since).length >= refutingNodes;
  }
}
