import type { CallSignal } from '@callable/protocol';
import type { Path } from './create-fair-queue.ts';
import type { Turns } from './create-turns.ts';

/** Who comes later than this after its first one, milliseconds, takes a place of its own: others wait for them too. */
const burstMs = 10;

/**
 * One place for calls that come together: those of a quick model run one after another in its one process, so they take no
 * more of the machine than the first of them. The place is given back when the last of them is done.
 */
export function sharePlace(
  places: Pick<Turns, 'take'>,
  { mayShare, clock }: { mayShare: () => boolean; clock: () => number },
): Pick<Turns, 'take'> {
  type Shared = { place: Disposable; since: number; users: number };
  let latest: Shared | null = null;

  function join(shared: Shared): Disposable {
    let isHeld = true;
    shared.users++;
    return {
      [Symbol.dispose]() {
        if (!isHeld) return;
        isHeld = false;
        if (--shared.users > 0) return;
        if (latest === shared) latest = null;
        shared.place[Symbol.dispose]();
      },
    };
  }

  return {
    async take(signal: CallSignal, path?: Path) {
      if (latest && mayShare() && clock() - latest.since < burstMs) return join(latest);
      const place = await places.take(signal, path);
      latest = { place, since: clock(), users: 0 };
      return join(latest);
    },
  };
}
