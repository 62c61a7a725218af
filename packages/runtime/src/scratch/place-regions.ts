import type { Region } from '../channel/messages.ts';

/** Parts of a file that are in use. */
export type Regions = {
  /** A free one of this length, below the bound; null when there is none. */
  take(length: number, bound: number): Region | null;
  free(region: Region): void;
};

/** Pages are copied whole fastest, and no two bodies share one. */
const pageBytes = 4096;

/** The first gap that is large enough: a file stays as small as what is in use at a time. */
export function placeRegions(): Regions {
  let used: Region[] = [];
  return {
    take(length, bound) {
      let offset = 0;
      let before = 0;
      for (const each of used) {
        if (each.offset - offset >= length) break;
        offset = Math.ceil((each.offset + each.length) / pageBytes) * pageBytes;
        before++;
      }
      if (offset + length > bound) return null;
      const region = { offset, length };
      used = [...used.slice(0, before), region, ...used.slice(before)];
      return region;
    },
    free(region) {
      used = used.filter((each) => each !== region);
    },
  };
}
