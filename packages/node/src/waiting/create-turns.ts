import { CallableError, type CallSignal, throwIfEnded } from '@callable/protocol';
import { createFairQueue, type Path } from './create-fair-queue.ts';

/** A bounded number of places, given to each group of those who ask in turn. */
export type Turns = {
  readonly used: number;
  readonly waiting: number;
  readonly limit: number;
  /**
   * Waits for a place. Throws NodeBusy when too many wait already, or when somebody of a group that has fewer took the
   * place in the queue; the signal's reason when it aborts.
   */
  take(signal: CallSignal, path?: Path): Promise<Disposable>;
};

type Waiter = { enter(): void; refuse(error: Error): void };

/**
 * The limit may move: it is asked for whenever a place is. `longestQueue` bounds what callers can pile up: beyond it a refusal lets the gateway ask another node. `mostOfOne` is
 * what one of the widest groups may hold: the rest is there at once for whoever else comes, however long its calls run.
 */
export function createTurns(
  limit: number | (() => number),
  longestQueue: number,
  { mostOfOne = Number.POSITIVE_INFINITY } = {},
): Turns {
  const held = new Map<string, number>();
  const queue = createFairQueue<Waiter>();
  let used = 0;

  const most = typeof limit === 'number' ? () => limit : limit;
  const isOpen = (group: string) => used < most() && (held.get(group) ?? 0) < mostOfOne;

  function place(group: string): Disposable {
    let isHeld = true;
    used++;
    held.set(group, (held.get(group) ?? 0) + 1);
    return {
      [Symbol.dispose]() {
        if (!isHeld) return;
        isHeld = false;
        used--;
        const left = (held.get(group) ?? 1) - 1;
        if (left > 0) held.set(group, left);
        else held.delete(group);
        // In the same step, so that nobody overtakes the queue.
        while (used < most()) {
          const next = queue.next(isOpen);
          if (!next) break;
          next.enter();
        }
      },
    };
  }

  return {
    get used() {
      return used;
    },
    get waiting() {
      return queue.size;
    },
    get limit() {
      return most();
    },
    async take(signal, path = []) {
      throwIfEnded(signal);
      const [group = ''] = path;
      if (isOpen(group)) return place(group);
      if (queue.size >= longestQueue) {
        const displaced = queue.displace(path);
        if (!displaced) throw new CallableError('NodeBusy');
        displaced.refuse(new CallableError('NodeBusy'));
      }
      return new Promise((resolve, reject) => {
        const leave = () => {
          takeOut();
          reject(signal.reason);
        };
        const waiter: Waiter = {
          enter() {
            signal.removeEventListener('abort', leave);
            resolve(place(group));
          },
          refuse(error) {
            signal.removeEventListener('abort', leave);
            reject(error);
          },
        };
        const takeOut = queue.add(path, waiter);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
