/**
 * What crosses the socket between the node and a runner: u32 length of the head, u32 length of the body, the head, the
 * body as it is. Integers are little-endian here and in the heads.
 */
export const frameHeadBytes = 8;

/** Either side may be out of its mind; beyond these sizes it certainly is. */
const frameLimits = { head: 4 * 1024 * 1024, body: 1024 * 1024 * 1024 };

/** A body, also one that came in pieces: what holds them need not join them. */
export type FrameBody = Uint8Array | readonly Uint8Array[];

/** The bytes of a frame up to its body. */
export function encodeFrame(head: Uint8Array, bodyBytes: number): Buffer {
  const start = Buffer.allocUnsafe(frameHeadBytes + head.length);
  start.writeUInt32LE(head.length, 0);
  start.writeUInt32LE(bodyBytes, 4);
  start.set(head, frameHeadBytes);
  return start;
}

/** The parts of a body, none of them copied. */
export const partsOf = (body: FrameBody): readonly Uint8Array[] => (body instanceof Uint8Array ? [body] : body);

/** Bytes of a body. */
export function bodyLength(body: FrameBody): number {
  if (body instanceof Uint8Array) return body.length;
  let length = 0;
  for (const part of body) length += part.length;
  return length;
}

/** Reads the two lengths; throws when they are beyond the limits. */
export function frameLengths(start: Buffer): { head: number; body: number } {
  const lengths = { head: start.readUInt32LE(0), body: start.readUInt32LE(4) };
  if (lengths.head > frameLimits.head || lengths.body > frameLimits.body)
    throw new RangeError(`a frame of ${lengths.head} + ${lengths.body} bytes is beyond the limits`);
  return lengths;
}

/** Cuts a stream of chunks into frames. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private held = 0;
  private wanted = frameHeadBytes;
  private lengths: { head: number; body: number } | null = null;

  /** Hears each frame this chunk completes; throws when the stream is not one of frames. */
  push(chunk: Buffer, hear: (head: Buffer, body: Buffer) => void): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    while (this.held >= this.wanted) {
      const part = this.take(this.wanted);
      if (this.lengths === null) {
        this.lengths = frameLengths(part);
        this.wanted = this.lengths.head + this.lengths.body;
        continue;
      }
      const { head } = this.lengths;
      this.lengths = null;
      this.wanted = frameHeadBytes;
      hear(part.subarray(0, head), part.subarray(head));
    }
  }

  private take(length: number): Buffer {
    const [first] = this.chunks;
    const whole = first && this.chunks.length === 1 ? first : Buffer.concat(this.chunks, this.held);
    this.held -= length;
    this.chunks = this.held > 0 ? [whole.subarray(length)] : [];
    return whole.subarray(0, length);
  }
}
