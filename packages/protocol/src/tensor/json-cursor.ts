import { Refusal } from './input-problem.ts';

/** How deep the parts of a body nest that are skipped; deeper than any client writes, far from any stack's end. */
const skippedDepth = 32;

export const byteOf = {
  quote: 0x22,
  comma: 0x2c,
  minus: 0x2d,
  colon: 0x3a,
  open: 0x5b,
  backslash: 0x5c,
  close: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

/** A place in the bytes of a JSON text. Each method starts where the last one stopped and refuses what is not JSON. */
export class JsonCursor {
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next byte that is not white space, or -1 at the end. */
  peek(): number {
    for (;;) {
      const byte = this.bytes[this.position];
      if (byte === undefined) return -1;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.position++;
    }
  }

  expect(byte: number, before: string): void {
    if (this.peek() !== byte) this.refuse(`expected ${before}`);
    this.position++;
  }

  /** Goes on to the next member of an array or object: true after a comma, false after the closing byte. */
  next(closing: number): boolean {
    const byte = this.peek();
    this.position++;
    if (byte === byteOf.comma) return true;
    if (byte === closing) return false;
    this.position--;
    return this.refuse(`expected "," or "${String.fromCharCode(closing)}"`);
  }

  /** Walks the members of an object; `visit` must consume the value. */
  readObject(visit: (key: string) => void): void {
    this.expect(byteOf.openObject, '"{"');
    if (this.peek() === byteOf.closeObject) {
      this.position++;
      return;
    }
    do {
      const key = this.readText();
      this.expect(byteOf.colon, '":"');
      visit(key);
    } while (this.next(byteOf.closeObject));
  }

  /** Walks the elements of an array; `visit` must consume the value. */
  readArray(visit: (index: number) => void): void {
    this.expect(byteOf.open, '"["');
    if (this.peek() === byteOf.close) {
      this.position++;
      return;
    }
    let index = 0;
    do visit(index++);
    while (this.next(byteOf.close));
  }

  readText(): string {
    return new TextDecoder().decode(this.readString());
  }

  /** The UTF-8 of a JSON string. Without escapes it is a view into the body, so copy it to keep it. */
  readString(): Uint8Array {
    this.expect(byteOf.quote, 'a string');
    const { bytes } = this;
    const start = this.position;
    let high = 0;
    for (let at = start; ; at++) {
      const byte = bytes[at];
      if (byte === undefined) {
        this.position = at;
        this.refuse('a string does not end');
      } else if (byte === byteOf.quote) {
        this.position = at + 1;
        const text = bytes.subarray(start, at);
        if (high >= 0x80) this.checkUtf8(text, start);
        return text;
      } else if (byte === byteOf.backslash) {
        return this.readEscaped(start, at);
      } else if (byte < 0x20) {
        this.position = at;
        this.refuse('a string holds a control character');
      }
      high |= byte;
    }
  }

  /** Passes over a literal such as `true`, if it stands here. */
  takeWord(word: string): boolean {
    for (let i = 0; i < word.length; i++) if (this.bytes[this.position + i] !== word.charCodeAt(i)) return false;
    this.position += word.length;
    return true;
  }

  /** Passes over `null`, if that is the next value. */
  takeNull(): boolean {
    return this.peek() === 0x6e && this.takeWord('null');
  }

  /** The text of a JSON number. */
  readNumberText(): string {
    this.peek();
    const { bytes } = this;
    const start = this.position;
    let at = start;
    while (isNumberByte(bytes[at])) at++;
    const text = String.fromCharCode(...bytes.subarray(start, Math.min(at, start + 2000)));
    if (at - start > 2000 || !/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) this.refuse('expected a value');
    this.position = at;
    return text;
  }

  skipValue(depth = 0): void {
    if (depth > skippedDepth)
      throw new Refusal({
        code: 'TooDeep',
        message: `The body nests more than ${skippedDepth} levels; send it flatter.`,
      });
    const byte = this.peek();
    if (byte === byteOf.openObject) this.readObject(() => this.skipValue(depth + 1));
    else if (byte === byteOf.open) this.readArray(() => this.skipValue(depth + 1));
    else if (byte === byteOf.quote) this.readString();
    else if (!this.takeWord('true') && !this.takeWord('false') && !this.takeWord('null')) this.readNumberText();
  }

  /** Nothing but white space may follow the value. */
  end(): void {
    if (this.peek() !== -1) this.refuse('something follows the JSON value');
  }

  refuse(what: string): never {
    throw new Refusal({
      code: 'InvalidJson',
      message: `The body is not valid JSON: ${what} at byte ${this.position}.`,
    });
  }

  private checkUtf8(text: Uint8Array, start: number): void {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(text);
    } catch {
      throw new Refusal({
        code: 'InvalidText',
        message: `The string at byte ${start} is not valid UTF-8; encode the body as UTF-8.`,
      });
    }
  }

  private readEscaped(start: number, firstEscape: number): Uint8Array {
    const { bytes } = this;
    let at = firstEscape;
    let end = at;
    while (bytes[end] !== byteOf.quote) {
      if (bytes[end] === undefined) {
        this.position = end;
        this.refuse('a string does not end');
      }
      end += bytes[end] === byteOf.backslash ? 2 : 1;
    }
    // An escape is never shorter than the UTF-8 it stands for.
    const out = new Uint8Array(end - start);
    out.set(bytes.subarray(start, at));
    let length = at - start;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      this.position = at;
      if (byte < 0x20) this.refuse('a string holds a control character');
      if (byte !== byteOf.backslash) {
        out[length++] = byte;
        at++;
        continue;
      }
      const [code, used] = this.readEscape(at, end);
      at += used;
      length = putUtf8(out, length, code);
    }
    this.position = end + 1;
    const text = out.subarray(0, length);
    this.checkUtf8(text, start);
    return text;
  }

  private readEscape(at: number, end: number): [code: number, used: number] {
    const letter = String.fromCharCode(this.bytes[at + 1] ?? 0);
    if (letter !== 'u') {
      const code = escapes.get(letter);
      return code === undefined ? this.refuse('a string holds an unknown escape') : [code, 2];
    }
    const unit = this.readHex(at + 2, end);
    if (unit < 0xd800 || unit > 0xdfff) return [unit, 6];
    const paired = unit < 0xdc00 && this.bytes[at + 6] === byteOf.backslash && this.bytes[at + 7] === 0x75;
    const low = paired ? this.readHex(at + 8, end) : 0;
    if (low >= 0xdc00 && low <= 0xdfff) return [0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), 12];
    // Half a character has no UTF-8; replacing it silently would change what the caller signed.
    throw new Refusal({
      code: 'InvalidText',
      message: `The string escape at byte ${at} is half of a surrogate pair; send the whole character.`,
    });
  }

  private readHex(at: number, end: number): number {
    const text = at + 4 <= end ? String.fromCharCode(...this.bytes.subarray(at, at + 4)) : '';
    return /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : this.refuse('a string holds a broken escape');
  }
}

const escapes = new Map([
  ['"', 0x22],
  ['\\', 0x5c],
  ['/', 0x2f],
  ['b', 0x08],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
]);

function isNumberByte(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x2e || (byte | 0x20) === 0x65)
  );
}

function putUtf8(out: Uint8Array, at: number, code: number): number {
  let length = at;
  if (code < 0x80) out[length++] = code;
  else {
    if (code < 0x800) out[length++] = 0xc0 | (code >> 6);
    else {
      if (code < 0x10000) out[length++] = 0xe0 | (code >> 12);
      else {
        out[length++] = 0xf0 | (code >> 18);
        out[length++] = 0x80 | ((code >> 12) & 0x3f);
      }
      out[length++] = 0x80 | ((code >> 6) & 0x3f);
    }
    out[length++] = 0x80 | (code & 0x3f);
  }
  return length;
}
