import { blobMismatch } from '../storage-error.ts';

/** Throws UploadMismatch unless what was found has this sha256 and, when given, this size. */
export function checkHashed(found: { sha256: string; size: number }, expected: { id: string; size?: number }): void {
  if (expected.size !== undefined && found.size !== expected.size)
    throw blobMismatch(`There are ${found.size} bytes, ${expected.size} were announced.`);
  if (found.sha256 !== expected.id) throw blobMismatch(`The bytes do not have the sha256 ${expected.id}.`);
}
