import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chunkBytes } from '@callable/protocol';
import { leaseTask } from '@callable/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseChunks } from '../src/path/choose-chunks.ts';
import { awaitRelease, conditionOf, isTrue } from './await-release.ts';
import { emptyAnnouncement, joinAsNode } from './play-node.ts';
import { publishBytes, sha256 } from './publish-bytes.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

describe('what is stored is read back again', () => {
  let hub: TestHub;
  const bytes = randomBytes(chunkBytes + 100);
  const blobPath = () => join(hub.ctx.config.dataDir, 'blobs', sha256(bytes).slice(0, 2), sha256(bytes));
  beforeAll(async () => {
    hub = await startTestHub();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  /** Lets the hub's next reading happen now instead of in 19 hours. */
  async function readBackNow(release: string): Promise<void> {
    await hub.database.db
      .updateTable('job')
      .set({ run_at: 0 })
      .where('release', '=', release as never)
      .where('step', '=', 'store')
      .execute();
    hub.ctx.changes.emit({ topic: 'job', subject: 'hub' });
  }

  /** A node that holds the release and gives `answer` for each chunk. */
  async function joinSeeder(release: string, answer: (index: number) => Uint8Array) {
    const server = createServer((request, response) => response.end(answer(Number(request.url?.split('/').at(-1)))));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = hub.client();
    await joinAsNode(client);
    const peerUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const holdings = [{ release: release as never, state: 'cached' as const }];
    await leaseTask(client, { announcement: { ...emptyAnnouncement, holdings, peerUrl }, waitMs: 0 });
    return server;
  }

  it('finds damage, and mends it from an honest node although another one lies', async () => {
    const publisher = hub.client();
    const { digest } = await publishBytes(publisher, bytes, { name: 'audited' });
    await awaitRelease(publisher, digest, isTrue('Stored'));
    const liar = await joinSeeder(digest, () => randomBytes(100));
    const honest = await joinSeeder(digest, (index) => bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes));
    await writeFile(blobPath(), randomBytes(bytes.length));
    await readBackNow(digest);
    const mended = await awaitRelease(publisher, digest, (view) =>
      conditionOf(view, 'Stored').message.includes('came back'),
    );
    expect(conditionOf(mended, 'Stored').status).toBe('True');
    liar.close();
    honest.close();
  });

  it('says HashMismatch when no node can help', async () => {
    const publisher = hub.client();
    const lonely = randomBytes(100);
    const { digest } = await publishBytes(publisher, lonely, { name: 'lonely' });
    await awaitRelease(publisher, digest, isTrue('Stored'));
    await truncate(join(hub.ctx.config.dataDir, 'blobs', sha256(lonely).slice(0, 2), sha256(lonely)), 50);
    await readBackNow(digest);
    const view = await awaitRelease(publisher, digest, (release) => conditionOf(release, 'Stored').status === 'False');
    expect(conditionOf(view, 'Stored').reason).toBe('HashMismatch');
  });

  it('looks at distinct chunks, at most sixteen, anywhere in the file', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const chosen = chooseChunks(40, randomBytes);
      expect(new Set(chosen).size).toBe(16);
      for (const index of chosen) seen.add(index);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(chooseChunks(3, randomBytes).sort()).toEqual([0, 1, 2]);
  });
});
