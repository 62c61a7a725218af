import type { ByteSource } from '../../bytes-source.ts';
import { limits } from './limits.ts';
import type { Entered, Field, Run } from './message-fields.ts';

/** Why reading stopped, with the byte it stopped at. */
export type DecodeFailure = {
  readonly kind: 'truncated' | 'malformed' | 'duplicate' | 'limit';
  readonly offset: number;
  readonly message: string;
};

export type DecodeOptions = {
  readonly signal?: AbortSignal | undefined;
  /** A field number the message's table does not know; its bytes are skipped. */
  readonly onUnknown: (message: string, number: number, depth: number) => void;
};

/**
 * Reads one protobuf message from a source into `root`, through a window of 64 KiB: payloads are stepped over, not read.
 * Iterative, so nesting costs no stack; every count is limited. Returns null when all went well.
 * Stricter than protobuf where two parsers could read different models from the same bytes: a singular field that
 * appears twice, or a known field in a foreign wire type, is a failure.
 */
export async function decodeMessage(
  source: ByteSource,
  root: Entered,
  options: DecodeOptions,
): Promise<DecodeFailure | null> {
  const decoder = new Decoder(source.size, root, options.onUnknown);
  for (;;) {
    const step = decoder.run();
    if (typeof step !== 'number') return step;
    options.signal?.throwIfAborted();
    const position = decoder.position();
    const length = Math.min(Math.max(step, windowBytes), source.size - position);
    const bytes = await source.read(position, length);
    if (bytes.length !== length) {
      throw new Error(`The byte source answered ${bytes.length} bytes at ${position} where ${length} were asked for.`);
    }
    decoder.give(bytes, position);
  }
}

/**
 * The synchronous half: runs until it is done, fails, or needs bytes that are not in its window. A field is read whole
 * or not at all, so running again after `give` continues where it stopped. Kept apart from the awaiting half because
 * one async loop over all fields took four times as long (measured on 200 000 nodes).
 */
class Decoder {
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;
  private at = 0;
  private fieldCount = 0;
  private keptBytes = 0;
  private countBudget: number = limits.countedBytes;
  private frame: Frame;
  private counting: { readonly run: Run; left: number; last: number } | null = null;
  private readonly stack: Frame[] = [];
  private readonly size: number;
  private readonly onUnknown: DecodeOptions['onUnknown'];

  constructor(size: number, root: Entered, onUnknown: DecodeOptions['onUnknown']) {
    this.size = size;
    this.frame = { table: root.fields.table, label: root.fields.label, target: root.target, end: size, seen: 0 };
    this.onUnknown = onUnknown;
  }

  position(): number {
    return this.windowStart + this.at;
  }

  give(bytes: Uint8Array, position: number): void {
    // A plain view even over a Buffer: its methods differ, and mixed kinds slow the byte reads down.
    this.window = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.windowStart = position;
    this.at = 0;
  }

  /** Bytes wanted at `position()`, or the end: null for success. */
  run(): number | DecodeFailure | null {
    for (;;) {
      if (this.counting) {
        if (this.at >= this.window.length) return 1;
        const broken = this.count(this.counting);
        if (broken) return broken;
        continue;
      }
      while (this.windowStart + this.at === this.frame.end) {
        const parent = this.stack.pop();
        if (!parent) return null;
        this.frame = parent;
      }
      const resident = this.window.length - this.at;
      if (resident < headerBytes && resident < this.size - this.position()) return headerBytes;
      const start = this.at;
      const stop = this.field(start);
      if (stop === null) continue;
      if (typeof stop === 'number') this.at = start;
      return stop;
    }
  }

  private field(start: number): number | DecodeFailure | null {
    const tag = this.varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    // The negated comparison also catches NaN, which a broken varint gives.
    if (!(number >= 1 && number < 2 ** 29)) return this.fail('malformed', 'a field has an impossible number');

    let length = 0;
    let value = 0;
    if (wire === 2) {
      length = this.varint();
      if (!(length >= 0)) return this.fail('malformed', 'a length is not a length');
    } else if (wire === 0) {
      value = this.varint();
      if (Number.isNaN(value)) return this.fail('malformed', 'an integer does not end');
    } else if (wire === 1) length = 8;
    else if (wire === 5) length = 4;
    else return this.fail('malformed', `wire type ${wire} does not occur in ONNX`);

    const frame = this.frame;
    const end = this.position() + length;
    if (end > frame.end) {
      return end > this.size && frame.end === this.size
        ? this.fail('truncated', `a field ends at byte ${end} but the file has ${this.size}`)
        : this.fail('malformed', 'a field is longer than the message it is in');
    }
    const field = frame.table.get(number);
    const wanted = field === undefined ? 0 : residentBytes(field, wire, length);
    if (this.at + wanted > this.window.length) return this.at - start + wanted;

    this.fieldCount += 1;
    if (this.fieldCount > limits.fields) return this.fail('limit', `more than ${limits.fields} fields`);
    if (field === undefined) {
      this.onUnknown(frame.label, number, this.stack.length);
      this.at += length;
      return null;
    }
    if ('once' in field && field.once) {
      const bit = 1 << (number & 31);
      if (frame.seen & bit) return this.fail('duplicate', `field ${number} of ${frame.label} is given twice`);
      frame.seen |= bit;
    }
    return this.content(field, number, wire, length, value);
  }

  private content(
    field: Field<unknown>,
    number: number,
    wire: number,
    length: number,
    value: number,
  ): DecodeFailure | null {
    const frame = this.frame;
    if (!(field.kind === 'skip' || field.kind === 'run' || wire === (field.kind === 'integer' ? 0 : 2))) {
      return this.foreign(number);
    }
    switch (field.kind) {
      case 'skip':
        this.at += length;
        return null;
      case 'integer':
        field.set(frame.target, value);
        return null;
      case 'text': {
        if (length > limits.nameBytes) return this.fail('limit', `a name of ${length} bytes`);
        this.keptBytes += length + 16;
        if (this.keptBytes > limits.keptBytes) return this.keptTooMuch();
        field.set(frame.target, readText(this.window, this.at, this.at + length));
        this.at += length;
        return null;
      }
      case 'blob': {
        const kept = length <= keptBlobBytes;
        if (kept) this.keptBytes += length + 16;
        if (this.keptBytes > limits.keptBytes) return this.keptTooMuch();
        field.set(frame.target, {
          offset: this.position(),
          length,
          bytes: kept ? this.window.slice(this.at, this.at + length) : null,
        });
        this.at += length;
        return null;
      }
      case 'blobs': {
        const run = field.run(frame.target);
        add(run, 1);
        if (length <= longestReadText && !isUtf8(this.window, this.at, this.at + length)) run.notUtf8 = true;
        this.at += length;
        return null;
      }
      case 'run':
        return this.numbers(field.run(frame.target), field.width, number, wire, length, value);
      case 'message': {
        if (this.stack.length + 1 >= limits.messageDepth) {
          return this.fail('limit', `messages nested more than ${limits.messageDepth} deep`);
        }
        this.keptBytes += limits.messageBytes;
        if (this.keptBytes > limits.keptBytes) return this.keptTooMuch();
        this.stack.push(frame);
        const { fields, target } = field.enter(frame.target);
        this.frame = { table: fields.table, label: fields.label, target, end: this.position() + length, seen: 0 };
        return null;
      }
    }
  }

  /** One element, or a packed run of them. */
  private numbers(
    run: Run,
    width: 'varint' | 4 | 8,
    number: number,
    wire: number,
    length: number,
    value: number,
  ): DecodeFailure | null {
    if (wire !== 2) {
      if (width === 'varint' ? wire !== 0 : length !== width || wire === 0) return this.foreign(number);
      add(run, 1);
      if (wire === 0 && run.values.length < keptValues) run.values.push(value);
      else if (wire !== 0) this.keepFloats(run, length, length);
      this.at += length;
    } else if (width !== 'varint') {
      if (length % width !== 0) return this.fail('malformed', 'packed numbers end in the middle of one');
      add(run, length / width);
      this.keepFloats(run, width, length);
      this.at += length;
    } else if (length <= keptBlobBytes) {
      const end = this.at + length;
      while (this.at < end) {
        const element = this.varint();
        if (Number.isNaN(element) || this.at > end) return this.fail('malformed', 'an integer does not end');
        add(run, 1);
        if (run.values.length < keptValues) run.values.push(element);
      }
    } else if (length <= this.countBudget) {
      this.countBudget -= length;
      this.counting = { run, left: length, last: 0 };
    } else {
      run.count += length;
      run.least += Math.ceil(length / 10);
      this.at += length;
    }
    return null;
  }

  /** The values of a short run: scales of a Resize decide how much memory it takes. */
  private keepFloats(run: Run, width: number, length: number): void {
    if (length > keptBlobBytes || this.at + length > this.window.length) return;
    const view = new DataView(this.window.buffer, this.window.byteOffset + this.at, length);
    for (let at = 0; at < length && run.values.length < keptValues; at += width) {
      run.values.push(width === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true));
    }
  }

  /** Counts the varints of a long packed run, as far as the window goes: each ends in a byte below 0x80. */
  private count(counting: { readonly run: Run; left: number; last: number }): DecodeFailure | null {
    const stop = Math.min(this.window.length, this.at + counting.left);
    counting.left -= stop - this.at;
    let ended = 0;
    for (let index = this.at; index < stop; index += 1) if ((this.window[index] ?? 0) < 0x80) ended += 1;
    counting.last = this.window[stop - 1] ?? 0;
    this.at = stop;
    add(counting.run, ended);
    if (counting.left > 0) return null;
    this.counting = null;
    return counting.last < 0x80 ? null : this.fail('malformed', 'an integer does not end');
  }

  /** A varint as a signed 64-bit number, saturated to +-Infinity outside 2^53; NaN where it does not end. */
  private varint(): number {
    const window = this.window;
    let at = this.at;
    const first = window[at] ?? 0xff;
    if (first < 0x80) {
      this.at = at + 1;
      return first;
    }
    let value = 0;
    let scale = 1;
    let high = 0;
    for (let index = 0; index < 10 && at < window.length; index += 1) {
      const byte = window[at] ?? 0;
      at += 1;
      if (index < 7) value += (byte & 0x7f) * scale;
      else if (index === 7) high = byte & 0x7f;
      else if (index === 8) high += (byte & 0x7f) * 128;
      else high += (byte & 1) * 16384;
      if (byte < 0x80) {
        this.at = at;
        return index < 7 ? value : wide(value, high);
      }
      scale *= 128;
    }
    return Number.NaN;
  }

  private keptTooMuch(): DecodeFailure {
    return this.fail('limit', `more than ${limits.keptBytes} bytes of names and parts`);
  }

  private foreign(number: number): DecodeFailure {
    return this.fail('malformed', `field ${number} of ${this.frame.label} has a foreign wire type`);
  }

  private fail(kind: DecodeFailure['kind'], message: string): DecodeFailure {
    return { kind, offset: this.position(), message };
  }
}

type Frame = {
  readonly table: ReadonlyMap<number, Field<unknown>>;
  readonly label: string;
  readonly target: unknown;
  readonly end: number;
  seen: number;
};

const windowBytes = 64 * 1024;
const headerBytes = 20;
/** Shapes and trip counts are this short; everything longer is weights. */
const keptBlobBytes = 512;
const keptValues = 64;
/** Longer texts are no labels. */
const longestReadText = 64 * 1024;
const textDecoder = new TextDecoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true });

/** Joins the low 49 and the high 15 bits of a varint into a signed 64-bit number, saturating outside 2^53. */
function wide(low: number, high: number): number {
  if (high >= 2 ** 14) {
    const negative = (BigInt(high) << 49n) + BigInt(low) - (1n << 64n);
    return negative < BigInt(Number.MIN_SAFE_INTEGER) ? Number.NEGATIVE_INFINITY : Number(negative);
  }
  const value = high * 2 ** 49 + low;
  return value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : value;
}

/** For the few characters of a name, a call of TextDecoder costs several times the loop. */
function readText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 48) return textDecoder.decode(bytes.subarray(start, end));
  let text = '';
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte >= 0x80) return textDecoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Mostly ASCII, for which the loop is several times as fast as a decoder. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && (bytes[at] ?? 0) < 0x80) at += 1;
  if (at === end) return true;
  try {
    strictDecoder.decode(bytes.subarray(at, end));
    return true;
  } catch {
    return false;
  }
}

/** How much of a field's content must lie in the window before it can be read. */
function residentBytes(field: Field<unknown>, wire: number, length: number): number {
  if (field.kind === 'text') return Math.min(length, limits.nameBytes);
  if (field.kind === 'blobs') return length <= longestReadText ? length : 0;
  if (field.kind === 'blob' || (field.kind === 'run' && wire === 2)) return length <= keptBlobBytes ? length : 0;
  return 0;
}

function add(run: Run, count: number): void {
  run.count += count;
  run.least += count;
}
