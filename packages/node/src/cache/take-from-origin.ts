import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CallableError, chunkBytes } from '@callable/protocol';
import { readFileRange } from '@callable/sdk';
import type { FetchParts } from './fetch-parts.ts';
import type { FetchPlan } from './fetch-plan.ts';
import { isPassing } from './is-passing.ts';
import { chunkLengthOf, type PartialFile } from './partial-file.ts';

/** A hub that sends nothing for this long is asked again, milliseconds. */
const silenceMs = 30_000;
/**
 * Rounds of attempts in a row that bring not one verified chunk before the fetch is given up: 32 s with their pauses. A
 * fetch that is given up shows its chunks to nobody, so others would take them from the hub once more when it is back.
 */
const fruitlessAttempts = 12;
/** 8 s, where others than the hub may have the file. */
const fruitlessAttemptsOfMany = 6;
/** Before the second attempt, milliseconds; it doubles each time, up to the longest. */
const firstRetryMs = 250;
const longestRetryMs = 4_000;
const lookAgainMs = 250;

/**
 * Lanes that take chunks from the hub until all are here. They pause together when it fails, and give up together when
 * nothing came from anybody meanwhile.
 */
export function createOriginLane(parts: FetchParts, plan: FetchPlan, partial: PartialFile) {
  const { hub, refute, timing = {} } = parts;
  const { file, have } = plan;
  const usualAttempts = parts.aggregators.length > 0 ? fruitlessAttemptsOfMany : fruitlessAttempts;
  const { retryMs = firstRetryMs, attempts = usualAttempts } = timing;
  let fruitless = 0;
  let keptBefore = have.size;
  let pausing: Promise<unknown> | null = null;

  return async (signal: AbortSignal): Promise<void> => {
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, file.size));
    while (!have.isFull) {
      signal.throwIfAborted();
      if (pausing) await pausing;
      const flight = plan.takeFromOrigin();
      if (flight === null) {
        await plan.nextChange(lookAgainMs);
        continue;
      }
      const { index, overtaken } = flight;
      try {
        const chunk = buffer.subarray(0, chunkLengthOf(file, index));
        const got = await receive(index, chunk, AbortSignal.any([signal, overtaken]));
        if (got !== file.chunks[index]) refute({ source: null, file: file.sha256, chunk: index, got });
        await partial.keep(index, chunk, got);
        fruitless = 0;
      } catch (error) {
        signal.throwIfAborted();
        if (overtaken.aborted) continue;
        if (!isPassing(error)) throw error;
        plan.lostHub();
        if (have.size > keptBefore) fruitless = 0;
        keptBefore = have.size;
        // Lanes that fail in the same outage wait for it together; each round counts once.
        if (!pausing) {
          fruitless++;
          if (fruitless >= attempts) throw error;
          pausing = pause(Math.min(longestRetryMs, retryMs * 2 ** (fruitless - 1)), undefined, { signal }).finally(
            () => {
              pausing = null;
            },
          );
        }
      } finally {
        plan.end(flight);
      }
      if (pausing) await pausing;
    }
  };

  async function receive(index: number, into: Uint8Array, signal: AbortSignal): Promise<string> {
    const silence = new AbortController();
    const fellSilent = () => silence.abort(unreachable(`sent nothing for ${silenceMs} ms`));
    const timer = setTimeout(fellSilent, silenceMs);
    const hash = createHash('sha256');
    const onPiece = (piece: Uint8Array) => {
      hash.update(piece);
      timer.refresh();
      plan.heard();
    };
    try {
      const either = AbortSignal.any([signal, silence.signal]);
      await readFileRange(hub, file.sha256, { offset: index * chunkBytes, into, onPiece, signal: either });
    } catch (cause) {
      silence.signal.throwIfAborted();
      if (cause instanceof CallableError || signal.aborted) throw cause;
      // fetch reports a connection that breaks in the middle as a TypeError.
      if (cause instanceof TypeError) throw unreachable('broke off', cause);
      throw cause;
    } finally {
      clearTimeout(timer);
    }
    return hash.digest('hex');
  }

  function unreachable(what: string, cause?: unknown) {
    return new CallableError('HubUnreachable', `${hub.baseUrl} ${what} while sending ${file.path}.`, { cause });
  }
}
