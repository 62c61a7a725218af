import { chunkBytes, type UploadView } from '@callable/protocol';
import { type Client, createUpload, sendChunk } from '@callable/sdk';
import { describeFile, sha256 } from '@callable/stand-ins';
import type { HubContext } from '../src/index.ts';

export const announce = (client: Client, ...files: Uint8Array[]) =>
  createUpload(client, {
    files: files.map((bytes) => {
      const { path: _, ...file } = describeFile('any', bytes);
      return file;
    }),
  });

export const part = (bytes: Uint8Array, index: number) => bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes);
export const sendAll = (client: Client, upload: UploadView, bytes: Uint8Array) =>
  Promise.all(upload.missing.map((chunk) => sendChunk(client, upload.id, chunk, part(bytes, chunk.index))));
export const isStored = async (ctx: HubContext, bytes: Uint8Array) => {
  const pieces = [];
  for await (const piece of (await ctx.blobs.read(sha256(bytes))) ?? []) pieces.push(piece);
  return Buffer.concat(pieces).equals(bytes);
};
