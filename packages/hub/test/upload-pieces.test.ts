import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytes, type UploadView } from '@callable/protocol';
import { type Client, completeUpload, createClient, sendChunk, sendRequest } from '@callable/sdk';
import { sendBytes } from '@callable/stand-ins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listClaims } from '../src/uploads/claims/list-claims.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';
import { announce, isStored, part, sendAll } from './upload-bytes.ts';

const MiB = 2 ** 20;
let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

/** A client behind a proxy that takes bodies up to this size, and notes what it let through. */
function behindProxy(mostBytes: number) {
  const { key } = hub.client();
  const seen: number[] = [];
  let refused = 0;
  const fetchThrough: typeof fetch = async (input, init) => {
    const size = (init?.body as Uint8Array | undefined)?.length ?? 0;
    if (size > mostBytes) {
      refused++;
      return new Response('<html>', { status: 413, headers: { server: 'nginx/1.22.1' } });
    }
    if (init?.method === 'PUT') seen.push(size);
    return fetch(input, init);
  };
  return { client: createClient(hub.url, { key, fetch: fetchThrough }), seen, refused: () => refused };
}

const piecesOf = async ({ id }: UploadView) => {
  const names = await readdir(join(hub.ctx.config.dataDir, 'uploads', id)).catch(() => []);
  const rows = await hub.ctx.db.selectFrom('upload_piece').selectAll().where('upload', '=', id).execute();
  return [names.filter((name) => name.endsWith('.pieces')).length, rows.length];
};
const heldBy = async ({ id }: UploadView) => (await listClaims(hub.ctx)).find((claim) => claim.id === id)?.held;

function sendPiece(client: Client, upload: UploadView, index: number, range: string, bytes: Uint8Array) {
  const { file, sha256 } = upload.missing[index] as UploadView['missing'][number];
  const headers = { 'content-type': 'application/octet-stream', 'content-range': range };
  const path = `/v1/uploads/${upload.id}/files/${file}/chunks/${index}`;
  return sendRequest(client, path, { method: 'PUT', bytes, bodyHash: sha256, headers, sign: true });
}

it('behind a proxy that takes 1 MB at once, chunks are sent in pieces and the file is what was announced', async () => {
  const { client, seen, refused } = behindProxy(MiB);
  const bytes = randomBytes(2 * chunkBytes + 1000);
  const upload = await announce(client, bytes);
  await sendAll(client, upload, bytes);
  expect(await piecesOf(upload)).toEqual([0, 0]);
  expect((await completeUpload(client, upload.id)).missing).toEqual([]);
  expect(await isStored(hub.ctx, bytes)).toBe(true);
  expect(seen.filter((size) => size === MiB)).toHaveLength(8);
  expect(refused()).toBe(2);
  await sendBytes(client, randomBytes(chunkBytes));
  expect(refused()).toBe(2);
});

it('a narrower proxy gets smaller pieces, and one that takes next to nothing is named', async () => {
  const narrow = behindProxy(100_000);
  await sendBytes(narrow.client, randomBytes(700_000));
  expect(Math.max(...narrow.seen)).toBe(64 * 1024);
  await expect(sendBytes(behindProxy(50_000).client, randomBytes(700_000))).rejects.toMatchObject({
    code: 'HubUnreachable',
    details: { answer: { status: 413, by: 'nginx/1.22.1' } },
  });
});

it('attack: pieces of many chunks hold all the room of their chunks from the first one on', async () => {
  const client = hub.client();
  const bytes = randomBytes(2 * chunkBytes + 20_000);
  const upload = await announce(client, bytes);
  for (const index of [0, 1])
    await sendPiece(client, upload, index, `bytes 0-65535/${chunkBytes}`, part(bytes, index).subarray(0, 65_536));
  expect(await heldBy(upload)).toBe(2 * chunkBytes);
  expect(await piecesOf(upload)).toEqual([2, 2]);
  // Sent whole after all: what its pieces held is given back.
  await sendAll(client, upload, bytes);
  expect(await piecesOf(upload)).toEqual([0, 0]);
  expect(await heldBy(upload)).toBe(bytes.length);
});

it('a chunk whose pieces are wrong is refused when the last has come, leaves nothing, and may be sent again', async () => {
  const client = hub.client();
  const bytes = randomBytes(200_000);
  const upload = await announce(client, bytes);
  const wrong = Buffer.from(bytes);
  wrong[5] = (bytes[5] ?? 0) ^ 1;
  await sendPiece(client, upload, 0, 'bytes 0-99999/200000', wrong.subarray(0, 100_000));
  const last = () => sendPiece(client, upload, 0, 'bytes 100000-199999/200000', bytes.subarray(100_000));
  await expect(last()).rejects.toMatchObject({ code: 'ChunkMismatch' });
  expect(await piecesOf(upload)).toEqual([0, 0]);
  await expect(last()).rejects.toMatchObject({ code: 'PieceOutOfOrder' });
  await sendPiece(client, upload, 0, 'bytes 0-99999/200000', bytes.subarray(0, 100_000));
  // A piece whose answer was lost is sent twice.
  await sendPiece(client, upload, 0, 'bytes 50000-99999/200000', bytes.subarray(50_000, 100_000));
  await last();
  expect((await completeUpload(client, upload.id)).missing).toEqual([]);
  expect(await isStored(hub.ctx, bytes)).toBe(true);
});

it('pieces that are lost on the side of the hub are sent again from the first one', async () => {
  const { client, seen } = behindProxy(300_000);
  const bytes = randomBytes(1_000_000);
  const upload = await announce(client, bytes);
  let isLost = false;
  const losing: typeof fetch = async (input, init) => {
    if (seen.length === 2 && !isLost) {
      isLost = true;
      await rm(join(hub.ctx.config.dataDir, 'uploads', upload.id), { recursive: true });
    }
    return client.fetch(input, init);
  };
  await sendAll(createClient(hub.url, { key: client.key, fetch: losing }), upload, bytes);
  expect((await completeUpload(client, upload.id)).missing).toEqual([]);
  expect(seen).toHaveLength(7);
});

it('attack: pieces of a file that is stored already are kept nowhere', async () => {
  const bytes = randomBytes(200_000);
  const client = hub.client();
  const upload = await announce(client, bytes);
  await sendBytes(hub.client(), bytes);
  await announce(client, bytes);
  await sendPiece(client, upload, 0, 'bytes 0-99999/200000', randomBytes(100_000));
  expect(await piecesOf(upload)).toEqual([0, 0]);
  expect(await isStored(hub.ctx, bytes)).toBe(true);
});

it.each([
  'bytes 0-99/200000',
  'bytes 0-99999/200001',
  'bytes 0-200000/200000',
  'bytes 5-4/200000',
  'bytes */200000',
  'items 0-99999/200000',
])('what is no piece of its chunk is refused: %s', async (range) => {
  const client = hub.client();
  const upload = await announce(client, randomBytes(200_000));
  await expect(sendPiece(client, upload, 0, range, randomBytes(1))).rejects.toMatchObject({ code: 'RequestInvalid' });
  await expect(sendPiece(client, upload, 0, 'bytes 0-99999/200000', randomBytes(1))).rejects.toMatchObject({
    code: 'ChunkMismatch',
  });
});

it('somebody else has no say in the pieces of an upload', async () => {
  const upload = await announce(hub.client(), randomBytes(200_000));
  await expect(sendPiece(hub.client(), upload, 0, 'bytes 0-99999/200000', randomBytes(100_000))).rejects.toMatchObject({
    code: 'SignerNotAllowed',
  });
  await expect(sendChunk(hub.client(), upload.id, upload.missing[0] as never, randomBytes(10))).rejects.toMatchObject({
    code: 'SignerNotAllowed',
  });
});
