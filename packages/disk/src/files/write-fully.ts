import type { FileHandle } from 'node:fs/promises';

/** Writes all bytes at their place. One write may take less than it was given, for example on a disk almost full. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
