import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chunkBytes, type UploadView } from '@callable/protocol';
import {
  type Client,
  completeUpload,
  createClient,
  createUpload,
  readFile as readStored,
  sendChunk,
} from '@callable/sdk';
import { describeFile, isTrue, publishBytes, randomKey, sha256, untilRelease } from '@callable/stand-ins';
import { expect, it, onTestFinished } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { createTestDatabase } from './create-test-database.ts';
import { startHubProcess } from './start-hub-process.ts';

/** Twenty chunks, large enough to be hashed by a thread while it arrives. */
const bytes = randomBytes(20 * chunkBytes - 77);
const { path: _, ...file } = describeFile('any', bytes);
const part = (index: number) => bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes);

it('attack: kill -9 at random moments of an upload loses no acknowledged chunk and shows no unverified byte', async () => {
  await using database = await createTestDatabase();
  await using directory = await createTestDirectory();
  const env = { CALLABLE_DATA: directory.path, DATABASE_URL: database.url, CALLABLE_HUB_PORT: '0' };
  const key = randomKey();
  const start = async () => {
    const { child, url } = await startHubProcess(env);
    const exited = once(child, 'exit');
    onTestFinished(() => void child.kill('SIGKILL'));
    return { child, exited, client: createClient(url, { key }) };
  };
  const acknowledged = new Set<number>();
  let kills = 0;
  let sent = 0;
  for (let isDone = false; !isDone; ) {
    const { child, exited, client } = await start();
    const upload = await createUpload(client, { files: [file] });
    expect(upload.missing.filter(({ index }) => acknowledged.has(index))).toEqual([]);
    const sending = sendSome(client, upload, (index) => {
      acknowledged.add(index);
      sent++;
    });
    // Somewhere in the first chunks, in the middle of some, or while the last ones are joined and moved.
    const isLate = upload.missing.length <= 8;
    if (!isLate) await expect.poll(() => sent, { interval: 1, timeout: 20_000 }).toBeGreaterThan(kills * 4);
    else await sending;
    const joining = isLate ? completeUpload(client, upload.id).catch(() => null) : null;
    await delay(Math.random() * (isLate ? 120 : 60));
    child.kill('SIGKILL');
    kills++;
    await exited;
    await sending;
    isDone = (await joining)?.missing.length === 0 || kills === 6;
    await expectNothingUnverified(directory.path);
  }

  const { child, exited, client } = await start();
  const upload = await createUpload(client, { files: [file] });
  expect(upload.missing.filter(({ index }) => acknowledged.has(index))).toEqual([]);
  await sendSome(client, upload, () => {});
  expect((await completeUpload(client, upload.id)).missing).toEqual([]);
  const { digest } = await publishBytes(client, bytes);
  await untilRelease(client, digest, isTrue('Stored'));
  const pieces: Uint8Array[] = [];
  for await (const piece of await readStored(client, file.sha256)) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  child.kill('SIGTERM');
  await exited;
  console.log(`upload-kill: ${kills} kills, ${sent} chunks acknowledged for ${file.chunks.length}`);
}, 180_000);

/** Three at a time, some of them twice, until the hub is gone. */
async function sendSome(client: Client, upload: UploadView, onKept: (index: number) => void): Promise<void> {
  const queue = [...upload.missing].reverse();
  const lane = async () => {
    for (let chunk = queue.pop(); chunk; chunk = queue.pop()) {
      const one = chunk;
      const times = one.index % 5 === 0 ? [1, 2] : [1];
      const kept = await Promise.allSettled(times.map(() => sendChunk(client, upload.id, one, part(one.index))));
      if (kept.some(({ status }) => status === 'fulfilled')) onKept(one.index);
      if (kept.some(({ status }) => status === 'rejected')) return;
    }
  };
  await Promise.all([lane(), lane(), lane()]);
}

/** What bears the name of a file in the store is that file, whenever the process ended. */
async function expectNothingUnverified(directory: string): Promise<void> {
  const blobs = join(directory, 'blobs');
  for (const name of await readdir(blobs, { recursive: true }).catch(() => []))
    if (/(^|\/)[0-9a-f]{64}$/.test(name))
      expect(sha256(await readFile(join(blobs, name)))).toBe(name.slice(name.lastIndexOf('/') + 1));
}
