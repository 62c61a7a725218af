/**
 * The body of an answer piece by piece, with a stall timer: a peer that sends nothing for `idleMs` is given up, which
 * no timeout of a whole transfer can tell from a slow but honest one. Throws when it stalls or breaks off.
 */
export async function* readBody(
  response: Response,
  options: { idleMs: number; signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader = response.body.getReader();
  let stalled = false;
  const cancel = () => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(() => {
    stalled = true;
    cancel();
  }, options.idleMs);
  options.signal?.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (stalled) throw new Error(`Nothing came for ${options.idleMs} ms.`);
      options.signal?.throwIfAborted();
      if (done) return;
      timer.refresh();
      yield value;
      // What the taker does with it is not the peer's silence.
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', cancel);
    cancel();
  }
}
