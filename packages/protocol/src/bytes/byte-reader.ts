import { toHex } from './hex.ts';

/** Reads what `ByteWriter` writes. Beyond the end it reads zeros and has failed: asked once, at the end of a record. */
export class ByteReader {
  failed = false;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  private pass(length: number): number | null {
    const at = this.at;
    if (this.failed || at + length > this.bytes.length) {
      this.failed = true;
      return null;
    }
    this.at += length;
    return at;
  }

  u8(): number {
    const at = this.pass(1);
    return at === null ? 0 : this.view.getUint8(at);
  }

  u16(): number {
    const at = this.pass(2);
    return at === null ? 0 : this.view.getUint16(at);
  }

  u32(): number {
    const at = this.pass(4);
    return at === null ? 0 : this.view.getUint32(at);
  }

  /** A number that a double holds; another one is a failure. */
  u64(): number {
    const at = this.pass(8);
    const value = at === null ? 0 : Number(this.view.getBigUint64(at));
    if (!Number.isSafeInteger(value)) this.failed = true;
    return value;
  }

  f64(): number {
    const at = this.pass(8);
    return at === null ? 0 : this.view.getFloat64(at);
  }

  /** A view of the bytes, no copy. */
  raw(length: number): Uint8Array {
    const at = this.pass(length);
    return at === null ? new Uint8Array(length > 1024 ? 0 : length) : this.bytes.subarray(at, at + length);
  }

  hex(length: number): string {
    return toHex(this.raw(length));
  }

  get left(): number {
    return this.bytes.length - this.at;
  }
}
