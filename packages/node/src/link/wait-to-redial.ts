const firstMs = 500;
const longestMs = 30_000;

/**
 * Waits before the next attempt: twice as long each time, and a random part of that, because every node of a
 * gateway that restarts loses its link in the same moment. Returns early when the signal aborts.
 */
export function waitToRedial(
  attempt: number,
  random: (length: number) => Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const ms = Math.min(firstMs * 2 ** (attempt - 1), longestMs) * (0.2 + (0.8 * (random(1)[0] ?? 0)) / 255);
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}
