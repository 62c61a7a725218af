import { setTimeout as pause } from 'node:timers/promises';
import { CallableError, type ManifestFile } from '@callable/protocol';
import { type Client, readFile } from '@callable/sdk';
import { openPartialFile, type PartialFile } from './partial-file.ts';

/** A hub that sends nothing for this long is asked again, milliseconds. */
const silenceMs = 30_000;
/** Attempts in a row that bring not one verified chunk before the fetch is given up. */
const fruitlessAttempts = 3;
/** Before the next attempt, times the number of fruitless ones, milliseconds. */
const retryPauseMs = 250;

/**
 * Brings one file from the hub to `target`, verified chunk by chunk and whole, continuing what an earlier attempt
 * left beside it. Nothing stands at `target` before all of it is right and on the disk.
 * Throws CallableError: HashMismatch, DiskFull, HubUnreachable, or what the hub answered.
 */
export async function fetchFile(hub: Client, file: ManifestFile, target: string, signal?: AbortSignal): Promise<void> {
  await using partial = await openPartialFile(`${target}.partial`, file, signal);
  let fruitless = 0;
  while (partial.size < file.size) {
    const start = partial.size;
    try {
      await receive(hub, file, partial, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (isMismatch(error) && start > 0 && partial.size === start) {
        // A hub that ignores the range sends the file from its start: one whole attempt tells that from bad bytes.
        await partial.restart();
        continue;
      }
      fruitless = partial.size > start ? 0 : fruitless + 1;
      if (!isTransient(error) || fruitless >= fruitlessAttempts) throw error;
      await pause(retryPauseMs * fruitless, undefined, signal ? { signal } : {});
    }
  }
  await partial.publish(target);
}

async function receive(
  hub: Client,
  file: ManifestFile,
  partial: PartialFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const silence = new AbortController();
  const awaitPiece = () =>
    setTimeout(() => silence.abort(unreachable(hub, file, `sent nothing for ${silenceMs} ms`)), silenceMs);
  let timer = awaitPiece();
  partial.rewind();
  try {
    const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
    const stream = await readFile(hub, file.sha256, { offset: partial.size, signal: either });
    for await (const piece of stream) {
      clearTimeout(timer);
      await partial.write(piece);
      if (partial.size === file.size) return;
      timer = awaitPiece();
    }
  } catch (cause) {
    silence.signal.throwIfAborted();
    if (cause instanceof CallableError || signal?.aborted) throw cause;
    // fetch reports a connection that breaks in the middle as a TypeError.
    if (cause instanceof TypeError) throw unreachable(hub, file, 'broke off', cause);
    throw cause;
  } finally {
    clearTimeout(timer);
  }
  throw unreachable(hub, file, `stopped after ${partial.size} verified bytes of ${file.size}`);
}

const unreachable = (hub: Client, file: ManifestFile, what: string, cause?: unknown) =>
  new CallableError('HubUnreachable', `${hub.baseUrl} ${what} while sending ${file.path}.`, { cause });

const isMismatch = (error: unknown) => error instanceof CallableError && error.code === 'HashMismatch';
const isTransient = (error: unknown) => error instanceof CallableError && error.code === 'HubUnreachable';
