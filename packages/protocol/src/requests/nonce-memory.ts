import { requestWindowMs } from './signed-request.ts';

const entriesPerGeneration = 500_000;

/** Nonces of signed requests, remembered as long as a request with them could still be accepted. */
export type NonceMemory = {
  /** `full` refuses for safety: forgetting a nonce early would open the window for a replay. */
  remember(signer: string, nonce: string): 'new' | 'seen' | 'full';
};

export function createNonceMemory(clock: () => number, limit = entriesPerGeneration): NonceMemory {
  // A request dated ahead by the whole window is still good at the end of the next one: so two windows.
  const keptMs = 2 * requestWindowMs;
  let current = new Set<string>();
  let previous = new Set<string>();
  let since = clock();
  return {
    remember(signer, nonce) {
      const now = clock();
      if (now - since >= keptMs) {
        previous = now - since >= 2 * keptMs ? new Set() : current;
        current = new Set();
        since = now;
      }
      const key = `${signer}${nonce}`;
      if (current.has(key) || previous.has(key)) return 'seen';
      if (current.size >= limit) return 'full';
      current.add(key);
      return 'new';
    },
  };
}
