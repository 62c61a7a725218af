import { CallableError } from '@callable/protocol';

/** A bounded number of places, given out in the order of asking. */
export type Turns = {
  readonly used: number;
  readonly waiting: number;
  readonly limit: number;
  /** Waits for a place. Throws NodeBusy at once when too many wait already, the signal's reason when it aborts. */
  take(signal: AbortSignal): Promise<Disposable>;
};

/** `longestQueue` bounds what callers can pile up: beyond it a refusal lets the gateway ask another node. */
export function createTurns(limit: number, longestQueue: number): Turns {
  let used = 0;
  const queue = new Set<() => void>();

  const place = (): Disposable => {
    let held = true;
    return {
      [Symbol.dispose]() {
        if (!held) return;
        held = false;
        const [next] = queue;
        // The place passes on without being free in between, so that nobody overtakes the queue.
        if (next) next();
        else used--;
      },
    };
  };

  return {
    get used() {
      return used;
    },
    get waiting() {
      return queue.size;
    },
    limit,
    async take(signal) {
      signal.throwIfAborted();
      if (used < limit) {
        used++;
        return place();
      }
      if (queue.size >= longestQueue) throw new CallableError('NodeBusy');
      return new Promise((resolve, reject) => {
        const leave = () => {
          queue.delete(enter);
          reject(signal.reason);
        };
        const enter = () => {
          queue.delete(enter);
          signal.removeEventListener('abort', leave);
          resolve(place());
        };
        signal.addEventListener('abort', leave, { once: true });
        queue.add(enter);
      });
    },
  };
}
