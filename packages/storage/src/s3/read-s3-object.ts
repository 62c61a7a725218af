import { readBody } from '../http/read-body.ts';
import type { S3Settings } from './s3-settings.ts';
import { sendS3Request } from './send-s3-request.ts';

/** Connections that broke without having brought a single byte, one after another. */
const barrenAttempts = 4;

/**
 * The bytes of an object from `start` to `end` (exclusive), asked for when they are read. A connection that breaks or
 * stalls is taken up again where it stopped. Throws when no more comes, also when the object is gone by then.
 */
export async function* readS3Object(
  settings: Required<S3Settings>,
  key: string,
  range: { start: number; end: number },
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  let at = range.start;
  for (let barren = 0; at < range.end; ) {
    // Both ends: an open range is the one thing servers understand differently.
    const headers = { range: `bytes=${at}-${range.end - 1}` };
    const response = await sendS3Request(settings, { method: 'GET', key, headers, accept: [206] }, options);
    const before = at;
    try {
      for await (const piece of readBody(response, { idleMs: settings.idleMs, ...options })) {
        const wanted = piece.subarray(0, range.end - at);
        at += wanted.length;
        yield wanted;
        if (at === range.end) return;
      }
      throw new Error(`The S3 server ended ${key} at ${at} of ${range.end} bytes.`);
    } catch (error) {
      options.signal?.throwIfAborted();
      barren = at > before ? 0 : barren + 1;
      if (barren >= barrenAttempts) throw error;
    }
  }
}
