import { CallableError } from '@callable/protocol';
import { causeOf } from './cause-of.ts';

/** Hubs speak at least every ten seconds, and nothing else makes a reader wait in the middle of a body. */
const longestSilenceMs = 60_000;

export type ReadOptions = { signal?: AbortSignal | undefined; mostBytes?: number };

/**
 * The pieces of an answer, unpacked. By a reader, as not every browser iterates streams; whoever stops early closes it.
 * Throws HubUnreachable when it breaks off, is silent for a minute or has more than `mostBytes`, and what the signal was
 * aborted with.
 */
export async function* readPieces(
  { body }: Response,
  from: string,
  { signal, mostBytes = Infinity }: ReadOptions = {},
): AsyncGenerator<Uint8Array, void> {
  if (!body) return;
  const reader = body.getReader();
  let bytes = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(reject, longestSilenceMs, new RangeError('silent for a minute'));
      });
      const { value } = await Promise.race([reader.read(), silence]);
      clearTimeout(timer);
      if (!value) return;
      bytes += value.length;
      if (bytes > mostBytes) throw new RangeError(`more than ${mostBytes} bytes`);
      yield value;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CallableError('HubUnreachable', `${from} broke off (${causeOf(cause)}).`, { cause });
  } finally {
    clearTimeout(timer);
    // Not awaited: a stream that never confirms would hold up its reader.
    reader.cancel().catch(() => undefined);
  }
}
