import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  chunkBytes,
  digestBytes,
  hexOfDigest,
  type PrivateKey,
  signRequest,
  toHex,
  type UploadView,
} from '@callable/protocol';
import { type Client, completeUpload, createUpload, getUpload, sendChunk } from '@callable/sdk';
import { describeFile, sendBytes, sha256 } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { defaultLimits } from '../src/config/hub-config.ts';
import { expireUploads } from '../src/uploads/expire-uploads.ts';
import { ChunkBuffers } from '../src/uploads/partials/chunk-buffers.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';
import { announce, isStored, part, sendAll } from './upload-bytes.ts';

function signChunk({ ctx }: TestHub, { key }: Client, path: string, body: string) {
  const request = { method: 'PUT', path, body, nonce: toHex(randomBytes(32)), issuedAt: Date.now() };
  return signRequest({ ...request, version: 2, audience: ctx.rules.hub }, key as PrivateKey);
}

/** A chunk request of which the first bytes are sent and the rest is in the test's hands. */
function openChunk(hub: TestHub, client: Client, upload: UploadView, index: number, length: number) {
  const chunk = upload.missing[index];
  if (!chunk || !client.key) throw new Error('no such chunk');
  const path = `/v1/uploads/${upload.id}/files/${chunk.file}/chunks/${chunk.index}`;
  const headers = signChunk(hub, client, path, chunk.sha256);
  const sending = httpRequest(hub.url + path, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream', 'content-length': length },
  });
  const answer = once(sending, 'response').then(([response]) => {
    response.resume();
    return response.statusCode as number;
  });
  answer.catch(() => undefined);
  sending.on('error', () => undefined);
  return { sending, answer };
}

describe('uploads', () => {
  let hub: TestHub;
  const two = randomBytes(2 * chunkBytes + 1000);
  beforeAll(async () => {
    hub = await startTestHub({
      config: { limits: { ...defaultLimits, releaseBytes: 2e8, openUploadBytes: 3e7, uploadIdleMs: 60_000 } },
    });
  });
  afterAll(() => hub[Symbol.asyncDispose]());
  const directoryOf = (upload: UploadView) => join(hub.ctx.config.dataDir, 'uploads', upload.id);

  it('chunks arrive in parallel, in any order, repeated, and the file is what was announced', async () => {
    const client = hub.client();
    const upload = await announce(client, two);
    expect(upload.missing.map((chunk) => chunk.size)).toEqual([chunkBytes, chunkBytes, 1000]);
    const order = [...upload.missing, ...upload.missing].reverse();
    await Promise.all(order.map((chunk) => sendChunk(client, upload.id, chunk, part(two, chunk.index))));
    expect((await getUpload(client, upload.id)).missing).toEqual([]);
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
    expect(await isStored(hub.ctx, two)).toBe(true);
    await expect(lstat(directoryOf(upload))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('files the store has already need no bytes, from anybody', async () => {
    const bytes = randomBytes(1000);
    await sendBytes(hub.client(), bytes);
    const upload = await announce(hub.client(), bytes);
    expect(upload.missing).toEqual([]);
  });

  it('wrong, short and long chunks count for nothing, also after the right one was acknowledged', async () => {
    const client = hub.client();
    const bytes = randomBytes(chunkBytes + 1000);
    const upload = await announce(client, bytes);
    const [first, last] = upload.missing;
    if (!first || !last) throw new Error('two chunks');
    const wrong = [randomBytes(1000), part(bytes, 1).subarray(1), Buffer.concat([part(bytes, 1), Buffer.from('x')])];
    const sendWrong = () =>
      Promise.all(
        [...wrong, Buffer.alloc(0)].map((chunk) =>
          expect(sendChunk(client, upload.id, last, chunk)).rejects.toMatchObject({ code: 'ChunkMismatch' }),
        ),
      );
    await sendWrong();
    expect((await getUpload(client, upload.id)).missing).toHaveLength(2);
    await sendAll(client, upload, bytes);
    await sendWrong();
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
    expect(await isStored(hub.ctx, bytes)).toBe(true);
  });

  it('wrong bytes that arrive after the file was moved into the store do not reach it', async () => {
    const client = hub.client();
    const bytes = randomBytes(1_000_000);
    const upload = await announce(client, bytes);
    // The request is open and half sent, with bytes that are not those its signature names.
    const { sending, answer } = openChunk(hub, client, upload, 0, bytes.length);
    sending.write(Buffer.alloc(500_000));
    await sendAll(client, upload, bytes);
    await completeUpload(client, upload.id);
    sending.end(Buffer.alloc(500_000));
    expect(await answer).toBe(422);
    expect(await isStored(hub.ctx, bytes)).toBe(true);
  });

  it('a chunk that is sent twice, and arrives once more after its file was stored, is fine and leaves nothing', async () => {
    const client = hub.client();
    const bytes = randomBytes(1_000_000);
    const upload = await announce(client, bytes);
    const { sending, answer } = openChunk(hub, client, upload, 0, bytes.length);
    sending.write(bytes.subarray(0, 500_000));
    await sendAll(client, upload, bytes);
    await completeUpload(client, upload.id);
    sending.end(bytes.subarray(500_000));
    expect(await answer).toBe(204);
    expect(await readdir(directoryOf(upload)).catch(() => [])).toEqual([]);
    expect(await isStored(hub.ctx, bytes)).toBe(true);
  });

  it('a chunk beyond the file, of a file not announced, of another key, or sent as JSON is refused', async () => {
    const client = hub.client();
    const bytes = randomBytes(100);
    const upload = await announce(client, bytes);
    const [chunk] = upload.missing;
    if (!chunk) throw new Error('one chunk');
    await expect(sendChunk(client, upload.id, { ...chunk, index: 1 }, bytes)).rejects.toMatchObject({
      code: 'ChunkUnknown',
    });
    await expect(sendChunk(client, upload.id, { ...chunk, file: 'a'.repeat(64) }, bytes)).rejects.toMatchObject({
      code: 'UploadNotFound',
    });
    await expect(sendChunk(client, 'f'.repeat(32), chunk, bytes)).rejects.toMatchObject({ code: 'UploadNotFound' });
    await expect(sendChunk(client, upload.id, { ...chunk, index: -1 }, bytes)).rejects.toMatchObject({
      code: 'RequestInvalid',
    });
    await expect(sendChunk(hub.client(), upload.id, chunk, bytes)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    await expect(completeUpload(hub.client(), upload.id)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    const path = `/v1/uploads/${upload.id}/files/${chunk.file}/chunks/0`;
    const sign = () => signChunk(hub, client, path, chunk.sha256);
    for (const [type, body] of [
      ['application/json', '{}'],
      ['text/html', 'x'],
      [null, null],
    ] as const) {
      const answer = await fetch(hub.url + path, {
        method: 'PUT',
        headers: { ...sign(), ...(type ? { 'content-type': type } : {}) },
        body,
      });
      expect(answer.status, String(type)).toBe(415);
    }
    expect((await getUpload(client, upload.id)).missing).toHaveLength(1);
  });

  it("attack: another key's upload, or one asked for without a key, is not shown: its name can be guessed", async () => {
    const client = hub.client();
    const upload = await announce(client, randomBytes(100));
    await expect(getUpload(hub.client(), upload.id)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    expect((await fetch(`${hub.url}/v1/uploads/${upload.id}`)).status).toBe(401);
    expect((await getUpload(client, upload.id)).missing).toHaveLength(1);
  });

  it('a client killed in the middle of a chunk leaves no counted chunk and no bytes, in memory or in a file', async () => {
    const client = hub.client();
    for (const room of [0, 1]) {
      hub.ctx.chunkBuffers = new ChunkBuffers(room);
      const bytes = randomBytes(2_000_000);
      const upload = await announce(client, bytes);
      const { sending } = openChunk(hub, client, upload, 0, bytes.length);
      await new Promise((resolve) => sending.write(bytes.subarray(0, 1_500_000), resolve));
      await expect.poll(() => readdir(directoryOf(upload)).catch(() => null)).toHaveLength(room === 0 ? 1 : 0);
      sending.destroy();
      await expect.poll(() => readdir(directoryOf(upload))).toEqual([]);
      expect((await getUpload(client, upload.id)).missing).toHaveLength(1);
      await sendAll(client, upload, bytes);
      expect((await completeUpload(client, upload.id)).missing).toEqual([]);
      expect(await isStored(hub.ctx, bytes)).toBe(true);
    }
    hub.ctx.chunkBuffers = new ChunkBuffers();
  });

  it('attack by senders who trickle: with all memory for chunks taken, others send as before', async () => {
    hub.ctx.chunkBuffers = new ChunkBuffers(2);
    const client = hub.client();
    const slow = randomBytes(3 * chunkBytes);
    const upload = await announce(client, slow);
    const open = upload.missing.map((chunk) => openChunk(hub, client, upload, chunk.index, chunk.size));
    for (const { sending } of open) await new Promise((resolve) => sending.write('x', resolve));
    await expect.poll(() => readdir(directoryOf(upload)).catch(() => [])).toHaveLength(1);
    const bytes = randomBytes(chunkBytes + 10);
    await sendBytes(hub.client(), bytes);
    expect(await isStored(hub.ctx, bytes)).toBe(true);
    for (const { sending } of open) sending.destroy();
    await expect.poll(() => readdir(directoryOf(upload))).toEqual([]);
    expect([hub.ctx.chunkBuffers.take(), hub.ctx.chunkBuffers.take()].includes(null)).toBe(false);
    hub.ctx.chunkBuffers = new ChunkBuffers();
  });

  it('the same file in two uploads at once, completed at once and twice each, ends stored', async () => {
    const bytes = randomBytes(chunkBytes + 77);
    const clients = [hub.client(), hub.client()];
    const uploads = await Promise.all(clients.map((client) => announce(client, bytes)));
    await Promise.all(uploads.map((upload, i) => sendAll(clients[i] as Client, upload, bytes)));
    const views = await Promise.all(
      [0, 1, 0, 1, 0, 1].map((i) => completeUpload(clients[i] as Client, uploads[i]?.id ?? '')),
    );
    expect(views.map((view) => view.missing)).toEqual(views.map(() => []));
    expect(await isStored(hub.ctx, bytes)).toBe(true);
  });

  it('completing with chunks missing stores nothing and says which', async () => {
    const client = hub.client();
    const bytes = randomBytes(chunkBytes + 5);
    const upload = await announce(client, bytes);
    await sendChunk(client, upload.id, upload.missing[1] as never, part(bytes, 1));
    const view = await completeUpload(client, upload.id);
    expect(view.missing.map((chunk) => chunk.index)).toEqual([0]);
    expect(await hub.ctx.blobs.stat(sha256(bytes))).toBeNull();
  });

  it('right chunks of a file whose announced sha256 is another are UploadMismatch, and it can be begun anew', async () => {
    const client = hub.client();
    const bytes = randomBytes(chunkBytes + 5);
    const { path: _, ...file } = describeFile('any', bytes);
    const lying = await createUpload(client, { files: [{ ...file, sha256: 'b'.repeat(64) }] });
    await sendAll(client, lying, bytes);
    await expect(completeUpload(client, lying.id)).rejects.toMatchObject({ code: 'UploadMismatch' });
    expect(await hub.ctx.blobs.stat('b'.repeat(64))).toBeNull();
    expect((await getUpload(client, lying.id)).missing).toHaveLength(2);
    expect(await readdir(directoryOf(lying))).toEqual([]);
    await sendBytes(client, bytes);
    expect(await isStored(hub.ctx, bytes)).toBe(true);
  });

  it('a wrong list of chunks does not stand in the way of the right one', async () => {
    const client = hub.client();
    const bytes = randomBytes(chunkBytes + 9);
    const { path: _, ...file } = describeFile('any', bytes);
    await createUpload(client, { files: [{ ...file, chunks: ['c'.repeat(64), 'd'.repeat(64)] }] });
    await sendBytes(client, bytes);
    expect(await isStored(hub.ctx, bytes)).toBe(true);
  });

  it('bytes lost from the disk of the hub are missing again', async () => {
    const client = hub.client();
    const bytes = randomBytes(500);
    const upload = await announce(client, bytes);
    await sendAll(client, upload, bytes);
    await expireFiles(directoryOf(upload));
    expect((await completeUpload(client, upload.id)).missing).toHaveLength(1);
    await sendAll(client, upload, bytes);
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
  });

  it('announcements that contradict themselves are refused', async () => {
    const { path: _, ...file } = describeFile('any', randomBytes(100));
    const refused = (...files: unknown[]) =>
      expect(createUpload(hub.client(), { files } as never)).rejects.toMatchObject({ code: 'RequestInvalid' });
    await refused({ ...file, chunks: [] });
    await refused({ ...file, chunks: [...file.chunks, ...file.chunks] });
    await refused({ ...file, size: -1 });
    await refused({ ...file, size: 1.5 });
    await refused({ ...file, chunks: ['c'.repeat(64)] });
    await refused({ size: 0, sha256: 'c'.repeat(64), chunks: [] });
    await refused(file, { ...file, size: 101 });
    await refused();
  });

  it('a file of no bytes needs none', async () => {
    const client = hub.client();
    const upload = await announce(client, new Uint8Array(), Buffer.from('beside it'));
    expect(upload.missing).toHaveLength(1);
    await sendChunk(client, upload.id, upload.missing[0] as never, Buffer.from('beside it'));
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
    expect(await hub.ctx.blobs.stat(sha256(new Uint8Array()))).toEqual({ size: 0 });
  });

  it('room is reserved when an upload begins: uploads opened together cannot pass the quota', async () => {
    const client = hub.client();
    const files = Array.from({ length: 12 }, () => randomBytes(4_000_000));
    const results = await Promise.allSettled(files.map((file) => announce(client, file)));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(results.length - refused.length).toBe(7);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'QuotaExceeded' });
    await announce(hub.client(), files[0] as never);
    const again = files.find((_, i) => results[i]?.status === 'fulfilled') as Buffer;
    await announce(client, again);
    await sendBytes(client, again);
    await announce(client, randomBytes(2_000_000));
    await expect(
      createUpload(client, { files: [{ size: 3e8, sha256: 'a'.repeat(64), chunks: Array(72).fill('b'.repeat(64)) }] }),
    ).rejects.toMatchObject({ code: 'QuotaExceeded' });
  });

  it('an upload nobody touches is dropped with its bytes, and so are bytes no upload knows', async () => {
    const client = hub.client();
    const [old, young] = [randomBytes(1000), randomBytes(1001)];
    const uploads = await Promise.all([announce(client, old), announce(client, young)]);
    await sendAll(client, uploads[0], old);
    await sendAll(client, uploads[1], young);
    await hub.database.db.updateTable('upload').set({ expires_at: 1 }).where('id', '=', uploads[0].id).execute();
    await mkdir(join(hub.ctx.config.dataDir, 'uploads', 'left-behind'));
    await expireUploads(hub.ctx);
    const left = await readdir(join(hub.ctx.config.dataDir, 'uploads'));
    expect(left).toContain(uploads[1].id);
    expect(left).not.toContain(uploads[0].id);
    expect(left).not.toContain('left-behind');
    await expect(getUpload(client, uploads[0].id)).rejects.toMatchObject({ code: 'UploadNotFound' });
    await expect(sendChunk(client, uploads[0].id, uploads[0].missing[0] as never, old)).rejects.toMatchObject({
      code: 'UploadNotFound',
    });
    await sendBytes(client, old);
    expect(await isStored(hub.ctx, old)).toBe(true);
  });

  it('a link planted in place of the file or the directory of an upload is not written through', async () => {
    await using outside = await createTestDirectory();
    const client = hub.client();
    const [first, second] = [randomBytes(1000), randomBytes(1002)];
    const victim = join(outside.path, 'victim');
    await writeFile(victim, 'untouched');

    const atFile = await announce(client, first);
    await mkdir(directoryOf(atFile));
    await symlink(victim, join(directoryOf(atFile), `${sha256(first)}.partial`));
    await sendAll(client, atFile, first);
    expect((await completeUpload(client, atFile.id)).missing).toEqual([]);
    expect(await isStored(hub.ctx, first)).toBe(true);

    const atDirectory = await announce(client, second);
    await symlink(outside.path, directoryOf(atDirectory));
    await expect(sendAll(client, atDirectory, second)).rejects.toMatchObject({ code: 'Internal' });
    expect(await readdir(outside.path)).toEqual(['victim']);
    expect(await readFile(victim, 'utf8')).toBe('untouched');
  });

  it('an unsigned, replayed or re-aimed request is refused', async () => {
    const client = hub.client();
    const { path: _, ...file } = describeFile('any', randomBytes(10));
    const body = JSON.stringify({ files: [file] });
    const headers = {
      'content-type': 'application/json',
      ...signRequest(
        {
          method: 'POST',
          path: '/v1/uploads',
          body: hexOfDigest(digestBytes(Buffer.from(body))),
          nonce: toHex(randomBytes(32)),
          issuedAt: Date.now(),
          version: 2,
          audience: hub.ctx.rules.hub,
        },
        client.key as never,
      ),
    };
    const post = async (path: string, text: string, given: Record<string, string>) => {
      const answer = await fetch(hub.url + path, { method: 'POST', headers: given, body: text });
      return ((await answer.json()) as { code?: string }).code ?? answer.status;
    };
    expect(await post('/v1/uploads', body, { 'content-type': 'application/json' })).toBe('SignatureMissing');
    expect(await post('/v1/uploads', `${body} `, headers)).toBe('SignatureInvalid');
    expect(await post('/v1/uploads?x', body, headers)).toBe('SignatureInvalid');
    expect(await post('/v1/uploads', body, headers)).toBe(200);
    expect(await post('/v1/uploads', body, headers)).toBe('RequestReplayed');
  });
});

const expireFiles = async (directory: string) => promisify(execFile)('rm', ['-rf', directory]);
