import { placeHex } from './hex.ts';

/** Bytes that grow, numbers big-endian. Throws a RangeError for what has no place. */
export class ByteWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private view: DataView;
  length = 0;

  /** `room` is what it takes before it has to grow, bytes. */
  constructor(room = 1024) {
    this.bytes = new Uint8Array(room);
    this.view = new DataView(this.bytes.buffer);
  }

  private claim(length: number): number {
    const at = this.length;
    this.length += length;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  u8(value: number): void {
    const at = this.claim(1);
    this.view.setUint8(at, bounded(value, 0xff));
  }

  u16(value: number): void {
    const at = this.claim(2);
    this.view.setUint16(at, bounded(value, 0xffff));
  }

  u32(value: number): void {
    const at = this.claim(4);
    this.view.setUint32(at, bounded(value, 0xffff_ffff));
  }

  u64(value: number): void {
    const at = this.claim(8);
    const whole = bounded(value, Number.MAX_SAFE_INTEGER);
    this.view.setUint32(at, Math.floor(whole / 2 ** 32));
    this.view.setUint32(at + 4, whole % 2 ** 32);
  }

  /** A double. */
  f64(value: number): void {
    const at = this.claim(8);
    this.view.setFloat64(at, value);
  }

  raw(value: Uint8Array): void {
    // First: a claim may put other bytes in the place of these.
    const at = this.claim(value.length);
    this.bytes.set(value, at);
  }

  hex(value: string, length: number): void {
    const at = this.claim(length);
    if (!placeHex(value, this.bytes, at, length)) throw new RangeError(`not ${length} bytes of hex`);
  }

  /** A view of what was written from there on, good until more is written. */
  from(at: number): Uint8Array {
    return this.bytes.subarray(at, this.length);
  }

  /** A copy of its own size. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

function bounded(value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`${value} is no whole number up to ${most}`);
}
