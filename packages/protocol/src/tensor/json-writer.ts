/** Zeroing more than a small answer takes was an eighth of what its runner did, bytes. */
const smallest = 512;
const utf8 = new TextEncoder();

/** JSON text as bytes that grow. Callers of `put` reserve room first. */
export class JsonWriter {
  bytes = new Uint8Array(smallest);
  length = 0;

  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** One byte, without a look at the room that is left. */
  put(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  byte(byte: number): void {
    this.reserve(1);
    this.put(byte);
  }

  /** Text of ASCII letters only. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.put(text.charCodeAt(i));
  }

  /** A value as JSON.stringify writes it. */
  json(value: unknown): void {
    const text = utf8.encode(JSON.stringify(value));
    this.reserve(text.length);
    this.bytes.set(text, this.length);
    this.length += text.length;
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}
