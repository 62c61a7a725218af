import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CallableError, chunkBytes, type UploadView } from '@callable/protocol';
import { type Client, completeUpload, sendChunk } from '@callable/sdk';
import { randomKey, sendBytes, sha256 } from '@callable/stand-ins';
import { describe, expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { defaultLimits } from '../src/config/hub-config.ts';
import { RoomClaims } from '../src/uploads/claims/room-claims.ts';
import { ChunkBuffers } from '../src/uploads/partials/chunk-buffers.ts';
import { startTestHub } from './start-test-hub.ts';
import { announce, isStored, part, sendAll } from './upload-bytes.ts';

describe('uploads on a disk that is full', () => {
  it('the store has no room: DiskFull, nothing lost, and it works once there is', async () => {
    let isFull = true;
    await using hub = await startTestHub();
    const { blobs } = hub.ctx;
    const putFile = blobs.putFile.bind(blobs);
    blobs.putFile = async (...args) => {
      if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return putFile(...args);
    };
    const client = hub.client();
    const bytes = randomBytes(1000);
    const upload = await announce(client, bytes);
    await sendAll(client, upload, bytes);
    const refused = await completeUpload(client, upload.id).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'DiskFull', status: 507 });
    expect(refused).toBeInstanceOf(CallableError);
    isFull = false;
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
    expect(await isStored(hub.ctx, bytes)).toBe(true);
  });

  it('a real disk has no room for a chunk: DiskFull, nothing counts, and the same upload goes on once there is', async ({
    skip,
  }) => {
    await using directory = await createTestDirectory();
    const run = promisify(execFile);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', directory.path]).catch(String);
    if (typeof mounted === 'string') skip(`A small file system cannot be mounted here: ${mounted}`);
    try {
      await using hub = await startTestHub({
        config: { dataDir: directory.path },
        overrides: { freeBytes: async () => Number.POSITIVE_INFINITY },
      });
      const client = hub.client();
      const bytes = randomBytes(2 * chunkBytes);
      const upload = await announce(client, bytes);
      const results = await Promise.allSettled(
        upload.missing.map((chunk) => sendChunk(client, upload.id, chunk, part(bytes, chunk.index))),
      );
      const refused = results.find((result) => result.status === 'rejected');
      expect(refused?.reason).toMatchObject({ code: 'DiskFull' });
      const arrived = results.filter((result) => result.status === 'fulfilled');
      expect(refused?.reason).toMatchObject({ status: 507 });
      const directories = await readdir(join(directory.path, 'uploads', upload.id));
      expect(directories).toEqual([`${sha256(bytes)}.partial`]);
      const again = await announce(client, bytes);
      expect(again.missing).toHaveLength(2 - arrived.length);
      expect((await completeUpload(client, upload.id)).missing).toEqual(again.missing);
      expect(await isStored(hub.ctx, bytes)).toBe(false);
      // Part of a chunk may be in the file; it is written over.
      await run('mount', ['-o', 'remount,size=30m', directory.path]);
      await sendAll(client, again, bytes);
      expect((await completeUpload(client, upload.id)).missing).toEqual([]);
      expect(await isStored(hub.ctx, bytes)).toBe(true);
    } finally {
      await run('umount', ['-l', directory.path]);
    }
  });
});

describe('room on the disk', () => {
  const spareDiskBytes = 1_000_000;
  async function start(free: number) {
    const room = { free, passed: 0 };
    const hub = await startTestHub({
      config: { limits: { ...defaultLimits, spareDiskBytes } },
      overrides: {
        freeBytes: async () => room.free - (await usedBytes(hub.ctx.config.dataDir)),
        clock: () => Date.now() + room.passed,
        roomClaims: new RoomClaims(0),
      },
    });
    const make = hub.client;
    const clock = hub.ctx.clock;
    const client: typeof hub.client = (...given) => ({ ...make(...given), clock });
    return Object.assign(hub, { room, client });
  }

  it('is checked when an upload begins, and the refusal names what is needed and what is free', async () => {
    await using hub = await start(1_500_000);
    const client = hub.client();
    const refused = await announce(client, randomBytes(600_000)).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'DiskFull', status: 507, remedy: expect.stringContaining('frees space') });
    expect((refused as Error).message).toContain('600000 bytes; 500000 are free');
    expect(await hub.database.db.selectFrom('upload').selectAll().execute()).toEqual([]);
    await sendBytes(client, randomBytes(250_000));
  });

  const sendOne = (client: Client, upload: UploadView, bytes: Uint8Array, index: number) =>
    sendChunk(client, upload.id, upload.missing[index] as never, part(bytes, index));
  const pass = (hub: Awaited<ReturnType<typeof start>>, ms: number) => {
    hub.room.passed += ms;
  };
  const from = (hub: Awaited<ReturnType<typeof start>>, address: string) => hub.client(randomKey(), address);

  it('attack u1-uploads: announcements of all of the disk without a byte keep nobody from uploading', async () => {
    await using hub = await start(spareDiskBytes + 4 * chunkBytes);
    for (let i = 0; i < 12; i++) await announce(from(hub, `20.${i}.0.1`), randomBytes(2 * chunkBytes));
    for (let i = 0; i < 12; i++) await announce(hub.client(), randomBytes(2 * chunkBytes));
    await sendBytes(from(hub, '198.51.101.7'), randomBytes(2 * chunkBytes));
    await sendBytes(hub.client(), randomBytes(100));
  });

  it('of two uploads that do not both fit the older that moves ends, the younger is told to wait and goes on', async () => {
    await using hub = await start(spareDiskBytes + 8 * chunkBytes);
    const [older, younger] = [from(hub, '198.51.101.7'), from(hub, '203.0.114.7')];
    const [first, second] = [randomBytes(4 * chunkBytes), randomBytes(4 * chunkBytes)];
    // Who announced first does not count, who began to send does.
    const late = await announce(younger, second);
    const early = await announce(older, first);
    await sendOne(older, early, first, 0);
    await sendOne(younger, late, second, 0);
    // Something else was published meanwhile.
    hub.room.free -= 3 * chunkBytes;
    const refused = await sendOne(younger, late, second, 1).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'UploadWaits', status: 503, details: { retryAfterSeconds: 10 } });
    for (const index of [1, 2, 3]) await sendOne(older, early, first, index);
    expect((await completeUpload(older, early.id)).missing).toEqual([]);
    hub.room.free += 3 * chunkBytes;
    const again = await announce(younger, second);
    expect(again.missing).toHaveLength(3);
    for (const chunk of again.missing) await sendChunk(younger, again.id, chunk, part(second, chunk.index));
    expect((await completeUpload(younger, again.id)).missing).toEqual([]);
  });

  it('attack by a trickle: a claim is what the last minute would bring in an hour, and lapses after a minute', async () => {
    await using hub = await start(spareDiskBytes + 300 * chunkBytes);
    const [slow, honest] = [from(hub, '203.0.114.7'), from(hub, '198.51.101.7')];
    const hoard = Buffer.alloc(100 * chunkBytes, 7);
    hoard.write('first', 0);
    const upload = await announce(slow, hoard);
    await sendOne(slow, upload, hoard, 0);
    hub.room.free = spareDiskBytes + 62 * chunkBytes;
    const bytes = randomBytes(2 * chunkBytes);
    const own = await announce(honest, bytes);
    await sendOne(honest, own, bytes, 0);
    await expect(sendOne(honest, own, bytes, 1)).rejects.toMatchObject({ code: 'UploadWaits' });
    pass(hub, 60_001);
    await sendOne(honest, own, bytes, 1);
  });

  it('attack by free keys: one network holds half of the room in unpublished bytes, also stored ones, others go on', async () => {
    await using hub = await start(spareDiskBytes + 8 * chunkBytes);
    const send = async (address: string) => {
      const bytes = randomBytes(chunkBytes);
      await sendBytes(from(hub, address), bytes);
    };
    // Also where it invents the leftmost entry, from other ports and other addresses of its network.
    for (let n = 0; n < 4; n++) await send(`198.51.101.${n}, 203.0.114.${n}:${n + 1}`);
    const refused = await send('203.0.114.99').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'UploadWaits', status: 503 });
    expect((refused as Error).message).toContain(`network hold ${4 * chunkBytes} bytes`);
    const large = announce(from(hub, '198.51.101.98'), randomBytes(5 * chunkBytes));
    await expect(large).rejects.toMatchObject({ code: 'QuotaExceeded', status: 413 });
    for (let n = 0; n < 3; n++) await send('2a01:4f8:0:1::7');
    // Loopback too: behind a proxy that was not named everybody comes from there.
    await send('127.0.0.1');
  });

  it('bytes that stand still stay until room is needed: then the stillest goes, and its owner begins anew', async () => {
    await using hub = await start(spareDiskBytes + 8 * chunkBytes);
    const clients = [from(hub, '203.0.114.7'), from(hub, '198.51.101.7'), from(hub, '198.51.101.7')] as const;
    const all = clients.map(() => randomBytes(2 * chunkBytes));
    const uploads = [];
    for (const [n, client] of clients.entries()) {
      const upload = await announce(client, all[n] as Uint8Array);
      uploads.push(upload);
      await sendOne(client, upload, all[n] as Uint8Array, 0);
      pass(hub, 61_000);
    }
    const [stillest, still, moving] = uploads as [UploadView, UploadView, UploadView];
    hub.room.free = spareDiskBytes + 3 * chunkBytes;
    const waits = sendOne(clients[2], moving, all[2] as Uint8Array, 1);
    await expect(waits).rejects.toMatchObject({ code: 'UploadWaits' });
    // A laptop that changed its network is not so long away.
    pass(hub, 179_000);
    await sendOne(clients[2], moving, all[2] as Uint8Array, 1);
    const lost = sendOne(clients[0], stillest, all[0] as Uint8Array, 1);
    await expect(lost).rejects.toMatchObject({ code: 'UploadNotFound' });
    expect(await readdir(join(hub.ctx.config.dataDir, 'uploads'))).not.toContain(stillest.id);
    hub.room.free = spareDiskBytes + 8 * chunkBytes;
    expect((await announce(clients[1], all[1] as Uint8Array)).id).toBe(still.id);
    expect((await announce(clients[1], all[1] as Uint8Array)).missing).toHaveLength(1);
    expect((await announce(clients[0], all[0] as Uint8Array)).missing).toHaveLength(2);
  });

  it('attack by thousands of promises: a key has a hundred open uploads, and those without bytes lapse after a minute', async () => {
    await using hub = await start(spareDiskBytes + 4 * chunkBytes);
    const client = hub.client();
    for (let n = 0; n < 100; n++) await announce(client, Buffer.from(`promise ${n}`));
    const refused = announce(client, Buffer.from('one more'));
    await expect(refused).rejects.toMatchObject({ code: 'UploadWaits', details: { retryAfterSeconds: 60 } });
    await announce(hub.client(), Buffer.from('of somebody else'));
    pass(hub, 60_001);
    await announce(client, Buffer.from('one more'));
    expect(await hub.database.db.selectFrom('upload').select('id').execute()).toHaveLength(2);
  });

  it('attack by chunks whose room was given away: the spare room stays for the database, whoever sends', async () => {
    await using hub = await start(spareDiskBytes + 2 * chunkBytes);
    const client = hub.client();
    const bytes = randomBytes(chunkBytes);
    const upload = await announce(client, bytes);
    for (const buffers of [new ChunkBuffers(), new ChunkBuffers(0)]) {
      hub.ctx.chunkBuffers = buffers;
      hub.room.free = spareDiskBytes + 1000;
      const refused = await sendAll(client, upload, bytes).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'DiskFull', status: 507 });
      expect(await readdir(join(hub.ctx.config.dataDir, 'uploads', upload.id)).catch(() => [])).toEqual([]);
    }
    // Without memory it lies beside its place for a moment.
    hub.room.free = spareDiskBytes + 2 * chunkBytes;
    await sendAll(client, upload, bytes);
    expect((await completeUpload(client, upload.id)).missing).toEqual([]);
  });

  it('attack by chunks of files that are stored: they are checked, and nothing is written', async () => {
    await using hub = await start(spareDiskBytes + chunkBytes);
    const client = hub.client();
    const bytes = randomBytes(1_000_000);
    const first = await announce(client, bytes);
    await sendAll(client, first, bytes);
    await completeUpload(client, first.id);
    const [chunk] = first.missing;
    if (!chunk) throw new Error('A file has a chunk.');
    await sendChunk(client, first.id, chunk, bytes);
    const wrong = sendChunk(client, first.id, chunk, randomBytes(bytes.length));
    await expect(wrong).rejects.toMatchObject({ code: 'ChunkMismatch' });
    const directory = join(hub.ctx.config.dataDir, 'uploads', first.id);
    expect(await readdir(directory).catch(() => [])).toEqual([]);
    expect(await isStored(hub.ctx, bytes)).toBe(true);
  });

  it('files that are here already need none', async () => {
    await using hub = await start(spareDiskBytes + 1_000_000);
    const bytes = randomBytes(1000);
    await sendBytes(hub.client(), bytes);
    hub.room.free = 0;
    expect((await announce(hub.client(), bytes)).missing).toEqual([]);
  });
});

/** What lies in the directories of uploads and files, in whole blocks: partial files have holes. */
async function usedBytes(directory: string): Promise<number> {
  let used = 0;
  for (const name of ['uploads', 'blobs']) {
    const found = await readdir(join(directory, name), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of found.filter((one) => one.isFile())) {
      const { blocks } = await stat(join(entry.parentPath, entry.name)).catch(() => ({ blocks: 0 }));
      used += blocks * 512;
    }
  }
  return used;
}
