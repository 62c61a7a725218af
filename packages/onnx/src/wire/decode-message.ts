import { limits } from '../inspect/limits.ts';
import type { ByteSource } from './bytes-source.ts';
import type { Entered, Field } from './message-fields.ts';

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
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;
  let at = 0;
  let fieldCount = 0;
  let keptBytes = 0;
  let countBudget: number = limits.countedBytes;
  let high = 0;
  const stack: Frame[] = [];
  let frame: Frame = { ...root, end: source.size, seen: 0 };

  const load = async (wanted: number): Promise<void> => {
    options.signal?.throwIfAborted();
    const position = windowStart + at;
    const length = Math.min(Math.max(wanted, windowBytes), source.size - position);
    const bytes = await source.read(position, length);
    if (bytes.length !== length) {
      throw new Error(`The byte source answered ${bytes.length} bytes at ${position} where ${length} were asked for.`);
    }
    window = bytes;
    windowStart = position;
    at = 0;
  };

  /** The low 53 bits' worth as a number, saturated to +-Infinity; -1 in `high` says the varint is broken. */
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 10; index += 1) {
      const byte = window[at];
      if (byte === undefined) break;
      at += 1;
      if (index < 7) value += (byte & 0x7f) * scale;
      else if (index === 7) high = byte & 0x7f;
      else if (index === 8) high += (byte & 0x7f) * 128;
      else high += (byte & 1) * 16384;
      if (byte < 0x80) {
        if (index < 7) return value;
        return wide(value, high);
      }
      scale *= 128;
    }
    high = -1;
    return Number.NaN;
  };

  const fail = (kind: DecodeFailure['kind'], message: string): DecodeFailure => ({
    kind,
    offset: windowStart + at,
    message,
  });

  for (;;) {
    while (windowStart + at === frame.end) {
      const parent = stack.pop();
      if (!parent) return null;
      frame = parent;
    }
    if (at > window.length || (window.length - at < headerBytes && windowStart + window.length < source.size)) {
      await load(headerBytes);
    }
    fieldCount += 1;
    if (fieldCount > limits.fields) return fail('limit', `more than ${limits.fields} fields`);

    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    // The negated comparison also catches NaN, which a broken varint gives.
    if (!(number >= 1 && number < 2 ** 29)) return fail('malformed', 'a field has an impossible number');

    let length = 0;
    let value = 0;
    if (wire === 0) {
      value = varint();
      if (Number.isNaN(value)) return fail('malformed', 'an integer does not end');
    } else if (wire === 2) {
      length = varint();
      if (!(length >= 0)) return fail('malformed', 'a length is not a length');
    } else if (wire === 1) length = 8;
    else if (wire === 5) length = 4;
    else return fail('malformed', `wire type ${wire} does not occur in ONNX`);

    const position = windowStart + at;
    const end = position + length;
    if (end > frame.end) {
      return end > source.size && frame.end === source.size
        ? fail('truncated', `a field ends at byte ${end} but the file has ${source.size}`)
        : fail('malformed', 'a field is longer than the message it is in');
    }

    const field: Field<unknown> | undefined = frame.fields.table.get(number);
    if (field === undefined) {
      options.onUnknown(frame.fields.label, number, stack.length);
      at += length;
      continue;
    }
    if ('once' in field && field.once) {
      const bit = 1 << (number & 31);
      if (frame.seen & bit) {
        return fail('duplicate', `field ${number} of ${frame.fields.label} is given twice`);
      }
      frame.seen |= bit;
    }

    switch (field.kind) {
      case 'skip':
        at += length;
        break;
      case 'integer':
        if (wire === 0) field.set(frame.target, value);
        else return fail('malformed', foreign(frame, number));
        break;
      case 'text': {
        if (wire !== 2) return fail('malformed', foreign(frame, number));
        if (length > limits.nameBytes) return fail('limit', `a name of ${length} bytes`);
        keptBytes += length + 16;
        if (keptBytes > limits.keptBytes) return fail('limit', `more than ${limits.keptBytes} bytes of names`);
        if (at + length > window.length) await load(length);
        field.set(frame.target, length === 0 ? '' : decoder.decode(window.subarray(at, at + length)));
        at += length;
        break;
      }
      case 'blob': {
        if (wire !== 2) return fail('malformed', foreign(frame, number));
        let bytes: Uint8Array | null = null;
        if (length <= keptBlobBytes) {
          keptBytes += length;
          if (keptBytes > limits.keptBytes) return fail('limit', `more than ${limits.keptBytes} bytes of names`);
          if (at + length > window.length) await load(length);
          bytes = window.slice(at, at + length);
        }
        field.set(frame.target, { length, bytes });
        at += length;
        break;
      }
      case 'blobs': {
        if (wire !== 2) return fail('malformed', foreign(frame, number));
        const run = field.run(frame.target);
        run.count += 1;
        run.least += 1;
        at += length;
        break;
      }
      case 'run': {
        const run = field.run(frame.target);
        if (wire !== 2) {
          if (field.width === 'varint' ? wire !== 0 : length !== field.width) {
            return fail('malformed', foreign(frame, number));
          }
          run.count += 1;
          run.least += 1;
          if (wire === 0 && run.values.length < keptValues) run.values.push(value);
          at += length;
        } else if (field.width !== 'varint') {
          if (length % field.width !== 0) return fail('malformed', 'packed numbers end in the middle of one');
          run.count += length / field.width;
          run.least += length / field.width;
          at += length;
        } else if (length <= countBudget) {
          countBudget -= length;
          // Short runs are read whole, so that a shape lying across two windows keeps its values.
          if (length <= keptBlobBytes && at + length > window.length) await load(length);
          let left = length;
          let last = 0;
          while (left > 0) {
            if (at >= window.length) await load(1);
            const stop = Math.min(window.length, at + left);
            left -= stop - at;
            if (run.values.length < keptValues && left === 0 && stop - at === length && length <= keptBlobBytes) {
              while (at < stop) {
                const element = varint();
                if (Number.isNaN(element) || at > stop) return fail('malformed', 'an integer does not end');
                run.count += 1;
                run.least += 1;
                if (run.values.length < keptValues) run.values.push(element);
              }
              last = 0;
            } else {
              let ended = 0;
              for (; at < stop; at += 1) {
                last = window[at] ?? 0;
                if (last < 0x80) ended += 1;
              }
              run.count += ended;
              run.least += ended;
            }
          }
          if (last >= 0x80) return fail('malformed', 'an integer does not end');
        } else {
          run.count += length;
          run.least += Math.ceil(length / 10);
          at += length;
        }
        break;
      }
      case 'message': {
        if (wire !== 2) return fail('malformed', foreign(frame, number));
        if (stack.length + 1 >= limits.messageDepth) {
          return fail('limit', `messages nested more than ${limits.messageDepth} deep`);
        }
        stack.push(frame);
        frame = { ...field.enter(frame.target), end, seen: 0 };
        break;
      }
    }
  }
}

type Frame = Entered & { readonly end: number; seen: number };

const windowBytes = 64 * 1024;
const headerBytes = 20;
/** Shapes and trip counts are this short; everything longer is weights. */
const keptBlobBytes = 512;
const keptValues = 64;
const decoder = new TextDecoder();

/** Joins the low 49 and the high 15 bits of a varint into a signed 64-bit number, saturating outside 2^53. */
function wide(low: number, high: number): number {
  if (high >= 2 ** 14) {
    const negative = (BigInt(high) << 49n) + BigInt(low) - (1n << 64n);
    return negative < BigInt(Number.MIN_SAFE_INTEGER) ? Number.NEGATIVE_INFINITY : Number(negative);
  }
  const value = high * 2 ** 49 + low;
  return value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : value;
}

function foreign(frame: Frame, number: number): string {
  return `field ${number} of ${frame.fields.label} has a foreign wire type`;
}
