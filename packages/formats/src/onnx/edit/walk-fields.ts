import type { ByteSource } from '../../bytes-source.ts';
import type { FieldAt } from './field-at.ts';
import { openFieldReader } from './open-field-reader.ts';

export type FieldVisitor = {
  /** Whether to go into a message, to have the content of a field read, or to step over it. */
  see(field: FieldAt): 'enter' | 'read' | 'skip';
  /** The content of a field that was to be read: whoever asks bounds its length. */
  take(field: FieldAt, content: Uint8Array): void;
};

/**
 * Shows the fields of a model in the order of the file. Its size costs no memory, and what is skipped is not read.
 * False where the bytes are no ONNX message: then nothing seen so far counts.
 */
export async function walkFields(source: ByteSource, visitor: FieldVisitor, signal?: AbortSignal): Promise<boolean> {
  const reader = openFieldReader(source);
  for (;;) {
    const field = reader.next();
    if (field === 'end') return true;
    if (field === 'broken') return false;
    if (field === 'wait') {
      signal?.throwIfAborted();
      await reader.wait();
      continue;
    }
    const wanted = visitor.see(field);
    if (wanted === 'enter') reader.enter(field);
    if (wanted !== 'read') continue;
    const content = reader.read(field);
    visitor.take(field, content instanceof Uint8Array ? content : await content);
  }
}
