/** How many pieces of one call may still be sent. */
export type Credit = {
  /** Fulfilled when one may be sent; rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<void>;
  give(): void;
};

export function openCredit(pieces: number): Credit {
  let left = pieces;
  let wake: () => void = () => {};
  return {
    async take(signal) {
      while (left === 0 && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      signal.throwIfAborted();
      left--;
    },
    give() {
      left++;
      wake();
    },
  };
}
