import { randomBytes } from 'node:crypto';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytes, type UploadView } from '@callable/protocol';
import { type Client, completeUpload, createUpload, sendChunk } from '@callable/sdk';
import { describeFile, sha256 } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileHashes } from '../src/uploads/partials/file-hashes.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

/** Larger than what is hashed at the end. */
const bytes = randomBytes(9 * chunkBytes + 1000);
const { path: _, ...file } = describeFile('any', bytes);

describe('large files are hashed while they arrive', () => {
  let hub: TestHub;
  const handed: boolean[] = [];
  beforeAll(async () => {
    hub = await startTestHub();
    const { blobs } = hub.ctx;
    const putFile = blobs.putFile.bind(blobs);
    blobs.putFile = (id, size, path, options) => {
      handed.push(options?.hashed !== undefined);
      return putFile(id, size, path, options);
    };
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  const send = (client: Client, upload: UploadView, chunks: UploadView['missing']) =>
    Promise.all(
      chunks.map((chunk) => {
        const at = chunk.index * chunkBytes;
        return sendChunk(client, upload.id, chunk, bytes.subarray(at, at + chunk.size));
      }),
    );
  const isStored = async () => (await hub.ctx.blobs.stat(file.sha256))?.size === bytes.length;
  async function forget(): Promise<void> {
    await hub.ctx.blobs.delete(file.sha256);
    for (const table of ['upload', 'stored_chunk'] as const) await hub.database.db.deleteFrom(table).execute();
    handed.length = 0;
  }

  it('in any order, in the middle in another process, completed many times at once', async () => {
    await forget();
    const client = hub.client();
    const upload = await createUpload(client, { files: [file] });
    const order = [...upload.missing].reverse();
    await send(client, upload, order.slice(0, 4));
    // A hub that was started anew knows of the first chunks only from the database.
    await hub.ctx.fileHashes[Symbol.asyncDispose]();
    hub.ctx.fileHashes = new FileHashes();
    await send(client, upload, order.slice(4));
    const views = await Promise.all([1, 2, 3].map(() => completeUpload(client, upload.id)));
    expect(views.map((view) => view.missing)).toEqual([[], [], []]);
    expect(handed).toContain(true);
    expect(await isStored()).toBe(true);
  });

  it('a chunk that counts while its hub stops begins no thread that nobody would end', async () => {
    await forget();
    const client = hub.client();
    const upload = await createUpload(client, { files: [file] });
    await hub.ctx.fileHashes[Symbol.asyncDispose]();
    await send(client, upload, upload.missing);
    expect(await hub.ctx.fileHashes.finish(upload.id, file)).toBeNull();
    hub.ctx.fileHashes = new FileHashes();
  });

  it('attack by a wrong announcement: right chunks, another name', async () => {
    await forget();
    const client = hub.client();
    const name = 'e'.repeat(64);
    const upload = await createUpload(client, { files: [{ ...file, sha256: name }] });
    await send(client, upload, upload.missing);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code: 'UploadMismatch' });
    expect(handed).toEqual([true]);
    expect(await hub.ctx.blobs.stat(name)).toBeNull();
  });

  it('another file put in place of the one that was hashed is hashed itself', async () => {
    await forget();
    const client = hub.client();
    const upload = await createUpload(client, { files: [file] });
    await send(client, upload, upload.missing);
    const partial = join(hub.ctx.config.dataDir, 'uploads', upload.id, `${file.sha256}.partial`);
    const wrong = Buffer.from(bytes);
    wrong[5] = (wrong[5] ?? 0) ^ 1;
    await writeFile(`${partial}.wrong`, wrong);
    await rename(`${partial}.wrong`, partial);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code: 'UploadMismatch' });
    expect(await isStored()).toBe(false);
    // The same bytes in another file are as good as ever.
    await send(client, upload, upload.missing);
    await copyFile(partial, `${partial}.copy`);
    await rename(`${partial}.copy`, partial);
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
    expect(await isStored()).toBe(true);
    expect(sha256(bytes)).toBe(file.sha256);
  });
});
