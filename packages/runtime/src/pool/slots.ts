/** A bounded number of places; who comes when all are taken waits in line. */
export type Slots = {
  /** Resolves to a function that gives the place back; rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<() => void>;
};

export function createSlots(limit: number): Slots {
  let free = limit;
  const line: (() => void)[] = [];

  function giveBack(): void {
    const next = line.shift();
    if (next) next();
    else free++;
  }

  /** Giving back twice must not make two places of one. */
  function once(): () => void {
    let held = true;
    return () => {
      if (held) giveBack();
      held = false;
    };
  }

  return {
    async take(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free--;
        return once();
      }
      return new Promise((resolve, reject) => {
        const enter = () => {
          signal?.removeEventListener('abort', leave);
          resolve(once());
        };
        const leave = () => {
          line.splice(line.indexOf(enter), 1);
          reject(signal?.reason);
        };
        line.push(enter);
        signal?.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
