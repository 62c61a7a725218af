import { constants, createReadStream } from 'node:fs';

/**
 * The bytes of a file in pieces of 1 MiB. Opened when they are read: a stream that nobody reads yet would end the process
 * with its error. A link is not followed.
 */
export async function* readBytes(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const flags = (constants.O_RDONLY | constants.O_NOFOLLOW) as unknown as string;
  for await (const piece of createReadStream(path, { flags, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    yield piece;
  }
}

/** Its lines. Those of `node:readline` lose an error of the file. */
export async function* readLines(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of readBytes(path)) {
    const lines = (rest + Buffer.from(piece).toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
