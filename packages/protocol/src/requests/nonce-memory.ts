import type { Address } from '../identity/address.ts';
import { requestBodyMs, requestWindowMs } from './signed-request.ts';

const entries = 1_000_000;
const sliceMs = 60_000;

export type NonceVerdict = 'new' | 'seen' | 'late' | 'full';

/** Dated ahead by the whole window, a request may come again at the end of the next one, and its body after that. */
export const nonceKeptMs = 2 * requestWindowMs + requestBodyMs;

/** Nonces of signed requests, remembered as long as a request with them could still be accepted. */
export type NonceMemory = {
  /**
   * `late` is a request whose body took `requestBodyMs` after its headers, which came at `arrivedAt`. `full` refuses for
   * safety: forgetting a nonce early would open the window for a replay.
   */
  remember(signer: Address, nonce: string, arrivedAt: number): NonceVerdict | Promise<NonceVerdict>;
};

export function createNonceMemory(
  clock: () => number,
  limit = entries,
): { remember: (...request: Parameters<NonceMemory['remember']>) => NonceVerdict } {
  const slices: { since: number; latest: number; nonces: Set<string> }[] = [];
  let size = 0;

  function sliceOf(now: number) {
    for (let oldest = slices[0]; oldest && now - oldest.latest >= nonceKeptMs; oldest = slices[0]) {
      size -= oldest.nonces.size;
      slices.shift();
    }
    const last = slices.at(-1);
    if (last && now - last.since < sliceMs) return last;
    const next = { since: now, latest: now, nonces: new Set<string>() };
    slices.push(next);
    return next;
  }

  return {
    remember(signer, nonce, arrivedAt) {
      const now = clock();
      if (now - arrivedAt >= requestBodyMs) return 'late';
      const slice = sliceOf(now);
      const key = `${signer}${nonce}`;
      if (slices.some(({ nonces }) => nonces.has(key))) return 'seen';
      if (size >= limit) return 'full';
      slice.nonces.add(key);
      slice.latest = Math.max(slice.latest, now);
      size++;
      return 'new';
    },
  };
}
