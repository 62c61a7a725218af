import { createHash, hash } from 'node:crypto';
import { type Tensor, tensorDigest } from '@callable/protocol/tensor';

/** Up to this a digest is taken at once, of bytes gathered here. */
const gathered = new Uint8Array(64 * 1024);

/**
 * The tensor digest as 64 hex digits. Small tensors are gathered first: a hash object with its six updates cost 3.2 us,
 * one call with all bytes 0.7 (measured, 150 bytes).
 */
export function digestTensors(tensors: readonly Tensor[], salt: Uint8Array): string {
  let length = 0;
  let object: ReturnType<typeof createHash> | null = null;
  tensorDigest(tensors, salt, {
    update(bytes) {
      if (!object && length + bytes.length <= gathered.length) {
        gathered.set(bytes, length);
        length += bytes.length;
        return;
      }
      object ??= createHash('sha256').update(gathered.subarray(0, length));
      object.update(bytes);
    },
  });
  return object
    ? (object as ReturnType<typeof createHash>).digest('hex')
    : hash('sha256', gathered.subarray(0, length), 'hex');
}
