import type { Digest } from '@callable/protocol';
import { BoundedMap } from './bounded-map.ts';

/** How many calls may be asked of a second node because the first is slow: what is done twice is done for nobody. */
export type SecondAsks = {
  /** A call was asked for the first time. */
  earn(release: Digest): void;
  /** Whether one may be asked again; counts it. */
  take(release: Digest): boolean;
};

/** Of the calls of one release, and of all. */
const share = 0.05;
/** attack: whoever publishes slow models by the thousand has these of each, and of all of them as many as anybody. */
const atOnce = { ofRelease: 4, ofAll: 64 };
const rememberedReleases = 10_000;

export function createSecondAsks(): SecondAsks {
  const left = new BoundedMap<Digest, number>(rememberedReleases);
  let leftOfAll = atOnce.ofAll;
  const leftOf = (release: Digest) => left.get(release) ?? atOnce.ofRelease;
  return {
    earn(release) {
      leftOfAll = Math.min(atOnce.ofAll, leftOfAll + share);
      left.set(release, Math.min(atOnce.ofRelease, leftOf(release) + share));
    },
    take(release) {
      if (leftOfAll < 1 || leftOf(release) < 1) return false;
      leftOfAll -= 1;
      left.set(release, leftOf(release) - 1);
      return true;
    },
  };
}
