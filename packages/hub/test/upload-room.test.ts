import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CallableError, chunkBytes } from '@callable/protocol';
import { completeUpload, sendChunk } from '@callable/sdk';
import { randomKey, sendBytes, sha256 } from '@callable/stand-ins';
import { describe, expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { defaultLimits } from '../src/config/hub-config.ts';
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
    const room = { free };
    const hub = await startTestHub({
      config: { limits: { ...defaultLimits, spareDiskBytes } },
      overrides: { freeBytes: async () => room.free },
    });
    return Object.assign(hub, { room });
  }

  it('is checked when an upload begins, and the refusal names what is needed and what is free', async () => {
    await using hub = await start(1_500_000);
    const client = hub.client();
    const refused = await announce(client, randomBytes(600_000)).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'DiskFull', status: 507, remedy: expect.stringContaining('frees space') });
    expect((refused as Error).message).toContain('600000 bytes; 1500000 are free');
    expect(await hub.database.db.selectFrom('upload').selectAll().execute()).toEqual([]);
    await sendBytes(client, randomBytes(250_000));
  });

  it('is promised once: uploads announced together do not get the same room', async () => {
    await using hub = await start(spareDiskBytes + 2_500_000);
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => announce(hub.client(), randomBytes(1_000_000))),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(4);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'DiskFull' });
  });

  it('what has arrived takes no room a second time, and whoever was first goes on while later ones wait', async () => {
    await using hub = await start(spareDiskBytes + 4 * chunkBytes);
    const [first, second] = [hub.client(), hub.client()];
    const bytes = randomBytes(2 * chunkBytes);
    // The half that is not for one network.
    await announce(hub.client(), randomBytes(2 * chunkBytes));
    const upload = await announce(first, bytes);
    await sendChunk(first, upload.id, upload.missing[0] as never, part(bytes, 0));
    hub.room.free -= chunkBytes;
    await announce(first, bytes);
    await expect(announce(second, randomBytes(1000))).rejects.toMatchObject({ code: 'DiskFull' });
    await sendBytes(first, bytes);
    hub.room.free = spareDiskBytes + 2 * chunkBytes + 1000;
    await announce(second, randomBytes(1000));
  });

  it('attack by announcements: room that nobody fills is given away, and who comes back waits for it again', async () => {
    await using hub = await start(spareDiskBytes + 2_000_000);
    const [hoarder, honest] = [hub.client(), hub.client()];
    const hoard = randomBytes(1_000_000);
    await announce(hoarder, hoard);
    await announce(hub.client(), randomBytes(1_000_000));
    const bytes = randomBytes(900_000);
    await expect(announce(honest, bytes)).rejects.toMatchObject({ code: 'DiskFull' });
    // A quarter of an hour later.
    await hub.database.db
      .updateTable('upload')
      .set((row) => ({ expires_at: row('expires_at', '-', 15 * 60_000 + 1) }))
      .execute();
    await announce(honest, bytes);
    await announce(hub.client(), randomBytes(900_000));
    await expect(announce(hoarder, hoard)).rejects.toMatchObject({ code: 'DiskFull' });
    await sendBytes(honest, bytes);
  });

  it('attack by announcements under free keys: one network gets half of the room, and others still get theirs', async () => {
    await using hub = await start(spareDiskBytes + 4_000_000);
    const from = (address: string, bytes: number) => announce(hub.client(randomKey(), address), randomBytes(bytes));
    // Also where it invents the leftmost entry, and from another port each time.
    const hoards = Array.from({ length: 8 }, (_, n) => from(`198.51.100.${n}, 203.0.113.9:${n + 1}`, 500_000));
    const refused = (await Promise.allSettled(hoards)).filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(4);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'QuotaExceeded', status: 413 });
      expect(reason.message).toContain('need 2500000 bytes; 2000000 of those that are free here are for one');
    }
    await from('2001:db8:0:1::7', 1_900_000);
    await expect(from('198.51.100.1', 500_000)).rejects.toMatchObject({ code: 'DiskFull' });
    expect(await hub.database.db.selectFrom('upload').select('network').distinct().execute()).toHaveLength(2);
    // Loopback too: behind a proxy that was not named everybody comes from there.
    await hub.database.db.deleteFrom('upload').execute();
    await expect(from('127.0.0.1', 3_000_000)).rejects.toMatchObject({ code: 'QuotaExceeded' });
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
      expect(await readdir(join(hub.ctx.config.dataDir, 'uploads', upload.id))).toEqual([]);
    }
    hub.room.free = spareDiskBytes + chunkBytes;
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
