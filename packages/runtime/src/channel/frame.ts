/**
 * What crosses the socket between the node and a runner:
 * u32 length of the head, u32 length of the body, the head as JSON, the body as it is.
 */
export const frameHeadBytes = 8;

/** Either side may be out of its mind; beyond these sizes it certainly is. */
const frameLimits = { head: 4 * 1024 * 1024, body: 1024 * 1024 * 1024 };

export type Frame = { head: unknown; body: Uint8Array };

/** The parts of a frame to be written one after the other; the body is not copied. */
export function encodeFrame(head: unknown, body: Uint8Array): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(head));
  const start = Buffer.allocUnsafe(frameHeadBytes + text.length);
  start.writeUInt32LE(text.length, 0);
  start.writeUInt32LE(body.length, 4);
  text.copy(start, frameHeadBytes);
  return body.length === 0 ? [start] : [start, body];
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

  /** The frames this chunk completes; throws when the stream is not one of frames. */
  push(chunk: Buffer): Frame[] {
    this.chunks.push(chunk);
    this.held += chunk.length;
    const frames: Frame[] = [];
    while (this.held >= this.wanted) {
      const part = this.take(this.wanted);
      if (this.lengths === null) {
        this.lengths = frameLengths(part);
        this.wanted = this.lengths.head + this.lengths.body;
        continue;
      }
      const { head } = this.lengths;
      frames.push({ head: JSON.parse(part.toString('utf8', 0, head)), body: part.subarray(head) });
      this.lengths = null;
      this.wanted = frameHeadBytes;
    }
    return frames;
  }

  private take(length: number): Buffer {
    const whole =
      this.chunks.length === 1 ? (this.chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.chunks, this.held);
    this.held -= length;
    this.chunks = this.held > 0 ? [whole.subarray(length)] : [];
    return whole.subarray(0, length);
  }
}
