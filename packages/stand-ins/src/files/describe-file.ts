import { chunkBytes, type ManifestFile } from '@callable/protocol';
import { sha256 } from './sha256.ts';

/** The manifest's row for these bytes. */
export function describeFile(path: string, bytes: Uint8Array): ManifestFile {
  const chunks: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(sha256(bytes.subarray(at, at + chunkBytes)));
  return { path, size: bytes.length, sha256: sha256(bytes), chunks };
}
