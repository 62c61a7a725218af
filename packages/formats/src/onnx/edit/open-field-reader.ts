import type { ByteSource } from '../../bytes-source.ts';
import { kindOfField } from '../model/message-kinds.ts';
import { limits } from '../wire/limits.ts';
import type { FieldAt } from './field-at.ts';

export type FieldReader = {
  /**
   * The next field, in the order of the file. `wait`: call `wait()` and ask again. `broken`: these bytes are no ONNX
   * message, or more than anybody edits.
   */
  next(): FieldAt | 'wait' | 'end' | 'broken';
  wait(): Promise<void>;
  /** Goes into the field that came last; without it the next one is the one behind it. */
  enter(field: FieldAt): void;
  /** The content of a field. */
  read(field: FieldAt): Uint8Array | Promise<Uint8Array>;
};

/**
 * Reads the fields of a model through a window of 64 KiB, payloads are stepped over. Synchronous but for the window: an
 * await for each field took four times as long.
 */
export function openFieldReader(source: ByteSource): FieldReader {
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;
  let at = 0;
  let parent: FieldAt | null = null;
  let end = source.size;
  let depth = 0;
  let count = 0;

  /** Moves `at` behind a varint; NaN where it does not end, is negative or beyond 2^53. */
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = window[at - windowStart];
      if (byte === undefined) return Number.NaN;
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };

  return {
    next() {
      while (at === end) {
        if (!parent) return 'end';
        parent = parent.parent;
        depth -= 1;
        end = parent ? parent.end : source.size;
      }
      if (at < windowStart || Math.min(at + headerBytes, source.size) > windowStart + window.length) return 'wait';
      const start = at;
      const tag = varint();
      const number = Math.floor(tag / 8);
      const wire = tag % 8;
      // Deeper than the runtime reads, nothing is edited.
      if (!(number >= 1 && number < 2 ** 29) || ++count > limits.fields || depth > limits.messageDepth) return 'broken';
      let length = 0;
      let content = at;
      if (wire === 2) {
        length = varint();
        content = at;
      } else if (wire === 0) {
        length = Number.isNaN(varint()) ? Number.NaN : at - content;
      } else if (wire === 1) length = 8;
      else if (wire === 5) length = 4;
      else return 'broken';
      const fieldEnd = content + length;
      // The negated comparison also catches NaN, which a broken varint gives.
      if (!(fieldEnd <= end)) return 'broken';
      at = fieldEnd;
      const of = parent?.kind ?? 'Model';
      const kind = wire === 2 ? kindOfField(of, number) : null;
      return { of, number, wire, start, content, end: fieldEnd, kind, parent };
    },
    async wait() {
      const bytes = await source.read(at, Math.min(windowBytes, source.size - at));
      window = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      windowStart = at;
    },
    enter(field) {
      depth += 1;
      at = field.content;
      end = field.end;
      parent = field;
    },
    read(field) {
      const { content, end: fieldEnd } = field;
      if (content >= windowStart && fieldEnd <= windowStart + window.length)
        return window.slice(content - windowStart, fieldEnd - windowStart);
      return source.read(content, fieldEnd - content);
    },
  };
}

const windowBytes = 64 * 1024;
/** Two varints at their longest. */
const headerBytes = 20;
