import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytes } from '@callable/protocol';
import { completeUpload, createUpload, readFile, sendChunk } from '@callable/sdk';
import { describeFile, sendBytes, sha256 } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHub, type TestHub } from './start-test-hub.ts';

describe('bytes the hub has are never sent twice', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startTestHub();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  const announce = (bytes: Uint8Array) => {
    const { path: _, ...file } = describeFile('any', bytes);
    return file;
  };
  async function readBack(hash: string): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of (await readFile(hub.client(), hash)) as unknown as AsyncIterable<Uint8Array>)
      pieces.push(piece);
    return Buffer.concat(pieces);
  }

  it('across releases and keys: a new file needs only the chunk that differs', async () => {
    const shared = randomBytes(2 * chunkBytes);
    const first = Buffer.concat([shared, Buffer.from('first end')]);
    const second = Buffer.concat([shared, Buffer.from('another end')]);
    await sendBytes(hub.client(), first);
    const client = hub.client();
    const upload = await createUpload(client, { files: [announce(second)] });
    expect(upload.missing.map((chunk) => chunk.index)).toEqual([2]);
    await sendChunk(client, upload.id, upload.missing[0]!, second.subarray(2 * chunkBytes));
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
    expect((await readBack(sha256(second))).equals(second)).toBe(true);
  });

  it('within one release: a chunk that stands in several places is asked for once', async () => {
    const chunk = randomBytes(chunkBytes);
    const files = [Buffer.concat([chunk, chunk, Buffer.from('a')]), Buffer.concat([chunk, Buffer.from('b')])];
    const client = hub.client();
    const upload = await createUpload(client, { files: files.map(announce) });
    expect(upload.missing.filter((missing) => missing.sha256 === sha256(chunk))).toHaveLength(1);
    for (const missing of upload.missing) {
      const file = files.find((one) => sha256(one) === missing.file)!;
      await sendChunk(
        client,
        upload.id,
        missing,
        file.subarray(missing.index * chunkBytes, missing.index * chunkBytes + missing.size),
      );
    }
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
    for (const file of files) expect((await readBack(sha256(file))).equals(file)).toBe(true);
  });

  it('across unfinished uploads of a key: a folder of which one file changed goes on where it stopped', async () => {
    const large = randomBytes(3 * chunkBytes);
    const client = hub.client();
    const before = await createUpload(client, { files: [announce(large), announce(Buffer.from('read me'))] });
    const [first, second] = before.missing.filter(({ file }) => file === sha256(large));
    await sendChunk(client, before.id, first!, large.subarray(0, chunkBytes));
    await sendChunk(client, before.id, second!, large.subarray(chunkBytes, 2 * chunkBytes));

    const notes = Buffer.from('read me, changed');
    const files = [announce(large), announce(notes)];
    // A stranger learns nothing of what another key has begun to send.
    expect((await createUpload(hub.client(), { files })).missing).toHaveLength(4);
    const after = await createUpload(client, { files });
    expect(after.id).not.toBe(before.id);
    expect(after.missing.map(({ file, index }) => [file, index])).toEqual(
      expect.arrayContaining([
        [sha256(large), 2],
        [sha256(notes), 0],
      ]),
    );
    expect(after.missing).toHaveLength(2);
    for (const chunk of after.missing) {
      const bytes = chunk.file === sha256(large) ? large.subarray(2 * chunkBytes) : notes;
      await sendChunk(client, after.id, chunk, bytes);
    }
    expect((await completeUpload(client, after.id)).missing).toEqual([]);
    expect((await readBack(sha256(large))).equals(large)).toBe(true);
    // The first one goes on as well, and changes nothing of what is stored.
    await sendChunk(client, before.id, first!, large.subarray(0, chunkBytes));
    expect((await completeUpload(client, before.id)).missing).toHaveLength(1);
    expect((await readBack(sha256(large))).equals(large)).toBe(true);
  });

  it('asks for the bytes again when the copy it meant to use was damaged on disk', async () => {
    const shared = randomBytes(chunkBytes);
    const first = Buffer.concat([shared, Buffer.from('1')]);
    const second = Buffer.concat([shared, Buffer.from('2')]);
    await sendBytes(hub.client(), first);
    const id = sha256(first);
    await writeFile(join(hub.ctx.config.dataDir, 'blobs', id.slice(0, 2), id), randomBytes(first.length));
    const client = hub.client();
    const upload = await createUpload(client, { files: [announce(second)] });
    await sendChunk(client, upload.id, upload.missing[0]!, second.subarray(chunkBytes));
    const { missing } = await completeUpload(client, upload.id);
    expect(missing.map((chunk) => chunk.index)).toEqual([0]);
    await sendChunk(client, upload.id, missing[0]!, shared);
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
    expect((await readBack(sha256(second))).equals(second)).toBe(true);
  });
});
