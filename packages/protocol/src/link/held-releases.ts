import type { Digest } from '../identity/digest.ts';
import type { Holding, HoldingsPage } from './holdings.ts';

/** Takes room for so many more entries; false when there is none. */
export type TakeRoom = (entries: number) => boolean;

/** What one node was heard to hold, page by page. */
export type HeldReleases = {
  find(release: Digest): Holding | null;
  /** False when the page does not follow what was told before. */
  take(page: HoldingsPage): boolean;
  /** Entries that found no room since everything was told anew. */
  readonly left: number;
  /** Forgets everything. */
  clear(): void;
};

export function createHeldReleases(most: number, takeRoom: TakeRoom): HeldReleases {
  const held = new Map<Digest, Holding>();
  let [told, left] = [0, 0];

  function clear(): void {
    takeRoom(-held.size);
    held.clear();
    told = 0;
    left = 0;
  }

  return {
    find: (release) => held.get(release) ?? null,
    get left() {
      return left;
    },
    clear,
    take(page) {
      if (page.after === 0) clear();
      else if (page.after !== told) return false;
      for (const holding of page.held) {
        // One that was known has its room.
        if (held.has(holding.release) || (held.size < most && takeRoom(1))) held.set(holding.release, holding);
        else left += 1;
      }
      for (const release of page.gone) if (held.delete(release)) takeRoom(-1);
      told = page.upTo;
      return true;
    },
  };
}
