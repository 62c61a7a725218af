import { constants, createReadStream } from 'node:fs';

/** Opened when it is read, so that whoever does not read leaves nothing open. Fails with ELOOP at a planted link. */
export async function* readFileBytes(
  path: string,
  options: { start?: number; end?: number; signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const flags = (constants.O_RDONLY | constants.O_NOFOLLOW) as unknown as string;
  yield* createReadStream(path, { flags, highWaterMark: 1 << 20, ...options }) as AsyncIterable<Uint8Array>;
}
