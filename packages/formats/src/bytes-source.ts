/**
 * Random access to the bytes of a file: a local file, a browser `File`, HTTP ranges, memory.
 * `read` answers exactly `length` bytes; it is only asked for ranges inside `size`.
 */
export type ByteSource = {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
};

/** A source over bytes already in memory. The bytes are not copied. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}
