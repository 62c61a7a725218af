import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, type NonceMemory, nonceKeptMs } from '@callable/protocol';

const sliceMs = 60_000;
const fileName = /^nonces-(\d{1,15})$/;
const linePattern = /^(0x[0-9a-f]{40}) ([0-9a-f]{64})$/;

export type KeptNonces = NonceMemory & Disposable;

/**
 * attack: a call that is sent again to a gateway that was started anew. Each used nonce is a line in a file of its minute
 * before the call does anything; the next start reads those that could still be accepted. Written, not synced: it outlives
 * the process, and a machine that loses its power is away for longer than a signature lasts.
 * Throws what the file system says when the directory cannot be made or read.
 */
export function keepNonces(
  directory: string,
  memory: NonceMemory,
  clock: () => number,
  onFull: (error: unknown) => void = () => undefined,
): KeptNonces {
  let isFull = false;
  let slice: { since: number; file: number } | null = null;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const path of currentFiles()) recall(path);

  /** The files whose nonces could still come again; older ones are removed. */
  function currentFiles(): string[] {
    return readdirSync(directory).flatMap((name) => {
      const since = fileName.exec(name)?.[1];
      if (since === undefined) return [];
      const path = join(directory, name);
      if (clock() - Number(since) < nonceKeptMs + sliceMs) return [path];
      rmSync(path, { force: true });
      return [];
    });
  }

  function recall(path: string): void {
    const now = clock();
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [, signer, nonce] = linePattern.exec(line) ?? [];
      if (signer && nonce) void memory.remember(signer as Address, nonce, now);
    }
  }

  function currentFile(): number {
    const now = clock();
    if (slice && now - slice.since < sliceMs && now >= slice.since) return slice.file;
    if (slice) closeSync(slice.file);
    slice = null;
    currentFiles();
    const file = openSync(join(directory, `nonces-${now}`), 'a', 0o600);
    slice = { since: now, file };
    return file;
  }

  /**
   * A full disk stops no call: the memory knows the nonce. attack: until the next start, after which a call that was heard
   * meanwhile is answered once more, within the minutes a signature lasts.
   */
  function write(line: string): void {
    try {
      writeSync(currentFile(), line);
      isFull = false;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
      if (!isFull) onFull(error);
      isFull = true;
    }
  }

  return {
    async remember(signer, nonce, arrivedAt) {
      const verdict = await memory.remember(signer, nonce, arrivedAt);
      // A line that was cut off by a crash ends where the next one begins.
      if (verdict === 'new') write(`\n${signer} ${nonce}`);
      return verdict;
    },
    [Symbol.dispose]() {
      if (slice) closeSync(slice.file);
      slice = null;
    },
  };
}
