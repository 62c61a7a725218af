import type { Digest } from '@callable/protocol';

/** Which releases are in use, so that nothing is removed below whoever reads it. */
export type Holds = {
  hold(release: Digest): Disposable;
  isHeld(release: Digest): boolean;
};

export function createHolds(): Holds {
  const counts = new Map<Digest, number>();
  return {
    hold(release) {
      counts.set(release, (counts.get(release) ?? 0) + 1);
      let held = true;
      return {
        [Symbol.dispose]() {
          if (!held) return;
          held = false;
          const left = (counts.get(release) ?? 1) - 1;
          if (left > 0) counts.set(release, left);
          else counts.delete(release);
        },
      };
    },
    isHeld: (release) => counts.has(release),
  };
}
