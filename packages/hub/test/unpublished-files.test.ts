import { randomBytes } from 'node:crypto';
import type { PrivateKey } from '@callable/protocol';
import { createUpload, publishRelease } from '@callable/sdk';
import { describeFile, manifestOf, publishBytes, sendBytes, sha256, signPublish } from '@callable/stand-ins';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesLock } from '../src/files/drop-unwanted.ts';
import { expireUploads } from '../src/uploads/expire-uploads.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

describe('files that no release names', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startTestHub();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  const expireAll = () => hub.database.db.updateTable('upload').set({ expires_at: 1 }).execute();
  const isHere = async (bytes: Uint8Array) => (await hub.ctx.blobs.stat(sha256(bytes))) !== null;
  const knownChunks = (bytes: Uint8Array) =>
    hub.database.db.selectFrom('stored_chunk').selectAll().where('file', '=', sha256(bytes)).execute();
  const publish = (client: ReturnType<TestHub['client']>, bytes: Uint8Array, name: string) => {
    const manifest = manifestOf(client.key as PrivateKey, bytes, { name });
    return publishRelease(client, { manifest, statement: signPublish(client, manifest) });
  };

  it('are dropped when their upload expires, and only then; a day begins when the upload is complete', async () => {
    const bytes = randomBytes(1000);
    const before = Date.now();
    await sendBytes(hub.client(), bytes);
    const row = await hub.database.db
      .selectFrom('upload')
      .innerJoin('upload_file', 'upload_file.upload', 'upload.id')
      .select('expires_at')
      .where('sha256', '=', sha256(bytes))
      .executeTakeFirstOrThrow();
    expect(row.expires_at).toBeGreaterThanOrEqual(before + 24 * 3600_000);
    await expireUploads(hub.ctx);
    expect(await isHere(bytes)).toBe(true);
    await expireAll();
    await expireUploads(hub.ctx);
    expect(await isHere(bytes)).toBe(false);
    expect(await knownChunks(bytes)).toEqual([]);
    await sendBytes(hub.client(), bytes);
    expect(await isHere(bytes)).toBe(true);
  });

  it('stay as long as a release, a Walrus object or another upload names them', async () => {
    const [published, stored, shared] = [randomBytes(1000), randomBytes(1001), randomBytes(1002)];
    await publishBytes(hub.client(), published, { name: 'kept' });
    await sendBytes(hub.client(), stored);
    await sendBytes(hub.client(), shared);
    await hub.database.db
      .insertInto('walrus_object')
      .values({
        ...{ id: '0x1', blob_id: 'x', sha256: sha256(stored), size: 1001, sender: '', deletable: true },
        ...{ registered_epoch: 1, end_epoch: 2 },
      })
      .execute();
    await expireAll();
    const { path: _, ...file } = describeFile('any', shared);
    await createUpload(hub.client(), { files: [file] });
    await expireUploads(hub.ctx);
    expect(await Promise.all([published, stored, shared].map(isHere))).toEqual([true, true, true]);
  });

  it('published in the moment in which they are dropped: a release has its bytes, or is refused', async () => {
    const client = hub.client();
    let releases = 0;
    for (let round = 0; round < 30; round++) {
      const bytes = randomBytes(1000);
      await sendBytes(client, bytes);
      await expireAll();
      const [answer] = await Promise.allSettled([publish(client, bytes, `race-${round}`), expireUploads(hub.ctx)]);
      if (answer.status === 'fulfilled') {
        releases++;
        expect(await isHere(bytes)).toBe(true);
      } else expect(answer.reason).toMatchObject({ code: 'UploadIncomplete' });
    }
    expect(releases).toBeLessThan(31);
  });

  it('a publish that has seen the bytes keeps the sweep waiting until the release is there', async () => {
    const client = hub.client();
    const bytes = randomBytes(1000);
    await sendBytes(client, bytes);
    await expireAll();
    // The sweep comes exactly between the look at the bytes and the release.
    const { blobs } = hub.ctx;
    const stat = blobs.stat.bind(blobs);
    let sweep: Promise<unknown> = Promise.resolve();
    blobs.stat = async (id) => {
      const found = await stat(id);
      blobs.stat = stat;
      sweep = expireUploads(hub.ctx);
      await expect.poll(waitingForFiles).toBe(1);
      return found;
    };
    await publish(client, bytes, 'seen');
    await sweep;
    expect(await isHere(bytes)).toBe(true);
  });

  it('an upload announced while its file is dropped is told to send it', async () => {
    const client = hub.client();
    for (let round = 0; round < 20; round++) {
      const bytes = randomBytes(1000);
      await sendBytes(client, bytes);
      await expireAll();
      const { path: _, ...file } = describeFile('any', bytes);
      const [upload] = await Promise.all([createUpload(client, { files: [file] }), expireUploads(hub.ctx)]);
      expect(upload.missing.length === 0).toBe(await isHere(bytes));
    }
  });

  async function waitingForFiles(): Promise<number> {
    const { rows } = await sql`select 1 from pg_locks where not granted and objid = ${filesLock}
      and database = (select oid from pg_database where datname = current_database())`.execute(hub.database.db);
    return rows.length;
  }
});
