import { type FileHandle, open } from 'node:fs/promises';
import type { Segment } from './segment.ts';

/** Appends to one segment after another. The file stays open: opening it for each call cost more than writing. */
export type SegmentWriter = {
  /** Appends all parts, in as few writes as there can be. Throws when the disk does not take them whole. */
  append(segment: Segment, parts: Uint8Array[]): Promise<void>;
  close(): Promise<void>;
};

/** Parts in one write; systems take 1024. */
const partsAtATime = 1000;

export function openSegmentWriter(): SegmentWriter {
  let file: FileHandle | null = null;
  let written: Segment | null = null;

  async function close(): Promise<void> {
    const open = file;
    [file, written] = [null, null];
    await open?.close();
  }

  return {
    async append(segment, parts) {
      if (segment !== written) {
        await close();
        file = await open(segment.path, 'a', 0o600);
        written = segment;
      }
      for (let rest = parts.filter(({ length }) => length > 0); rest.length > 0; ) {
        const { bytesWritten } = await (file as FileHandle).writev(rest.slice(0, partsAtATime));
        if (bytesWritten === 0) throw new Error('the disk took nothing');
        // A disk that is nearly full takes a part and says so.
        rest = without(rest, bytesWritten);
      }
    },
    close,
  };
}

/** The parts behind the first so many bytes. */
function without(parts: Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  for (const [index, part] of parts.entries()) {
    if (left < part.length) return [part.subarray(left), ...parts.slice(index + 1)];
    left -= part.length;
  }
  return [];
}
