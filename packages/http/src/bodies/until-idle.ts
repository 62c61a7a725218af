import type { Readable } from 'node:stream';
import { CallableError } from '@callable/protocol';
import type { BodySource } from './body-source.ts';
import { freeDropped } from './free-dropped.ts';

/**
 * The body as it arrives; ends with the error given when the sender falls silent for `idleMs`, and with RequestInvalid when
 * it hangs up: that is no accident of ours, and a stack for each in the log was taken for one. When it is left early
 * the rest is read and dropped, up to `dropBytes`: a refusal could not reach a client that is still sending, nor could
 * the next request on its connection be heard.
 */
export async function* untilIdle(
  body: Readable,
  { idleMs, dropBytes, silence }: { idleMs: number; dropBytes: number; silence: () => Error },
): AsyncGenerator<Uint8Array> {
  const silent = setTimeout(() => body.destroy(silence()), idleMs);
  body.once('close', () => clearTimeout(silent));
  try {
    for await (const piece of body.iterator({ destroyOnReturn: false })) {
      silent.refresh();
      yield piece as Uint8Array;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    throw new CallableError('RequestInvalid', 'The sender hung up in the midst of the body.', { cause: error });
  } finally {
    dropRest(body, dropBytes);
  }
}

/** Reads what is left of a body that nobody wants; a sender of more than `room` bytes, or for longer than `ms`, is cut off. */
export function dropRest(body: BodySource, room: number, ms?: number): void {
  let left = room;
  if (ms !== undefined && !body.closed) {
    const cut = setTimeout(() => body.destroy(), ms).unref();
    body.once('close', () => clearTimeout(cut));
  }
  body.on('data', (piece: Uint8Array) => {
    left -= piece.length;
    freeDropped(piece.length);
    if (left < 0) body.destroy();
  });
  // Nobody else listens any more, and it is of no interest how this one ends.
  body.on('error', () => undefined);
  body.resume();
}
