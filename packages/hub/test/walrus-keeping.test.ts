import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytes, type PrivateKey, type ReleaseView } from '@callable/protocol';
import { type Client, createClient, getRelease, publishRelease } from '@callable/sdk';
import {
  conditionOf,
  describeFile,
  isTrue,
  manifestOf,
  publishBytes,
  randomKey,
  sendBytes,
  sha256,
  signPublish,
  untilRelease,
} from '@callable/stand-ins';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWalrusIndex } from '../../storage/test/describe-walrus-index.ts';
import type { WalrusKeepingConfig } from '../src/config/read-walrus-keeping.ts';
import { defaultWalrusApiConfig } from '../src/config/walrus-api-config.ts';
import { openDatabase } from '../src/db/open-database.ts';
import { PostgresWalrusIndex } from '../src/keeping/postgres-walrus-index.ts';
import { createTestDatabase } from './create-test-database.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

describeWalrusIndex('PostgresWalrusIndex', async () => {
  const database = await createTestDatabase();
  let connections = openDatabase({ server: database.url, poolSize: 2 });
  return {
    index: () => new PostgresWalrusIndex(connections.db),
    async reopen() {
      await connections[Symbol.asyncDispose]();
      connections = openDatabase({ server: database.url, poolSize: 2 });
    },
    async [Symbol.asyncDispose]() {
      await connections[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
});

const dayMs = defaultWalrusApiConfig.epochMs;
const secret = 'what only the publisher knows';

describe('a hub whose files are on Walrus', () => {
  /** Publisher and aggregator: a hub with its own store and the endpoints of Walrus. */
  let network: TestHub;
  let hub: TestHub;
  let client: Client;
  const logged: string[] = [];
  // In the middle of an epoch: it does not end by itself while this runs.
  const epoch = Math.floor(Date.now() / dayMs);
  let offset = (epoch + 0.5) * dayMs - Date.now();
  const clock = () => Date.now() + offset;

  beforeAll(async () => {
    const walrusApi = { ...defaultWalrusApiConfig, shards: 25, identifyAfterMs: 0 };
    network = await startTestHub({ config: { walrusApi: { ...walrusApi } }, overrides: { clock } });
    const walrusKeeping: WalrusKeepingConfig = {
      publisher: network.url,
      epochs: 5,
      network: { epochMs: dayMs, zeroMs: 0 },
      partBytes: 2 * chunkBytes,
      tokenSecret: Buffer.from(secret),
    };
    const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
    const aggregators = [network.url, `${network.url}/`];
    hub = await startTestHub({ config: { walrusApi, aggregators, walrusKeeping }, overrides: { clock, log } });
    client = createClient(hub.url, { key: randomKey(), clock });
  });
  afterAll(async () => {
    await hub[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
  });

  const stored = (view: ReleaseView) => conditionOf(view, 'Stored');
  const keptUntil = (n: number) => (view: ReleaseView) =>
    stored(view).message.includes(`until ${new Date(n * dayMs).toISOString()}`);
  const endsOf = async (...files: Uint8Array[]) => {
    const rows = await hub.database.db.selectFrom('walrus_file').select(['sha256', 'end_epoch']).execute();
    return files.map((bytes) => rows.find((row) => row.sha256 === sha256(bytes))?.end_epoch);
  };
  const bought = async () => (await network.database.db.selectFrom('walrus_object').select('id').execute()).length;
  const onDisk = async (bytes: Uint8Array) =>
    (await readdir(join(hub.ctx.config.dataDir, 'blobs'), { recursive: true })).some((name) =>
      name.endsWith(sha256(bytes)),
    );
  const readFile = async (bytes: Uint8Array) =>
    sha256(Buffer.from(await (await fetch(`${hub.url}/v1/files/${sha256(bytes)}`)).arrayBuffer()));
  const ready = async () => (await (await fetch(`${hub.url}/readyz`)).json()).checks.storage;
  const untilIdle = (of: string) =>
    expect
      .poll(
        async () => {
          const jobs = await hub.database.db
            .selectFrom('job')
            .selectAll()
            .where('release', '=', of as never)
            .execute();
          return jobs
            .filter(({ step }) => step === 'keep' || step === 'store')
            .every((job) => job.state === 'ready' && job.run_at > clock());
        },
        { timeout: 20_000 },
      )
      .toBe(true);
  /** Days pass between jobs. Within one its lease would end: its outcome is dropped then, and it pauses as after an accident. */
  const toEpoch = async (n: number) => {
    const underWay = async () =>
      (await hub.database.db.selectFrom('job').select('step').where('state', '=', 'leased').execute()).length;
    await expect.poll(underWay, { interval: 5, timeout: 20_000 }).toBe(0);
    offset = (n + 0.5) * dayMs - Date.now();
  };
  const setTime = async (of: string, runAt: number, steps: readonly ('keep' | 'store')[] = ['keep', 'store']) => {
    const job = hub.database.db.updateTable('job').set({ run_at: runAt }).where('step', 'in', steps);
    await job
      .where('release', '=', of as never)
      .where('state', '=', 'ready')
      .execute();
  };
  /** Lets what pauses after a failure, or until it is due, be done now. */
  const hurry = (of: string, step: 'keep' | 'store') => setTime(of, 0, [step]);
  /** The publisher refuses everything, for good: that is noticed at the first attempt. */
  const refuseAll = (refuses: boolean) => {
    network.ctx.config.walrusApi.blobBytes = refuses ? 0 : defaultWalrusApiConfig.blobBytes;
  };

  const first = randomBytes(4 * chunkBytes + 1000);
  let release: string;

  it('stores a release of many chunks there, reads it back from there, and keeps no copy', async () => {
    const { digest } = await publishBytes(client, first, { name: 'large' });
    release = digest;
    const view = await untilRelease(client, digest, isTrue('Stored'));
    expect(keptUntil(epoch + 5)(view)).toBe(true);
    expect(stored(view).message).not.toMatch(/Warning|failed/);
    expect(await onDisk(first)).toBe(false);
    expect(await readFile(first)).toBe(sha256(first));
    expect([await bought(), await endsOf(first), await ready()]).toEqual([3, [epoch + 5], 'ok']);
  });

  it('sends nothing there that nobody has published', async () => {
    const [draft, before] = [randomBytes(1000), await bought()];
    await sendBytes(client, draft);
    expect([await onDisk(draft), await endsOf(draft), await bought()]).toEqual([true, [undefined], before]);
  });

  it('renews all files of a release together before the first of them ends', async () => {
    await toEpoch(epoch + 2);
    const second = randomBytes(1000);
    await sendBytes(client, second);
    const key = client.key as PrivateKey;
    const files = [describeFile('model.onnx', first), describeFile('more.onnx', second)];
    const manifest = manifestOf(key, first, { name: 'both', files });
    const { digest } = await publishRelease(client, { manifest, statement: signPublish(client, manifest, clock()) });
    await untilRelease(client, digest, keptUntil(epoch + 5));
    expect(await endsOf(first, second)).toEqual([epoch + 5, epoch + 7]);
    // The other release with the first file comes too late to renew it.
    await untilIdle(release);
    await untilIdle(digest);
    await setTime(release, clock() + 30 * dayMs);
    await toEpoch(epoch + 3);
    await untilRelease(client, digest, keptUntil(epoch + 8));
    expect(await endsOf(first, second)).toEqual([epoch + 8, epoch + 8]);
    await hurry(release, 'keep');
    await untilRelease(client, release, keptUntil(epoch + 8));
    const before = await bought();
    await hurry(digest, 'keep');
    await untilIdle(digest);
    await untilIdle(release);
    expect(await bought()).toBe(before);
  });

  it('warns in public, in its log and to whoever watches it when a renewal fails, and keeps trying', async () => {
    refuseAll(true);
    await toEpoch(epoch + 6);
    const early = await untilRelease(client, release, (view) => /renewal failed/.test(stored(view).message));
    expect(stored(early).status).toBe('True');
    await toEpoch(epoch + 7);
    const late = await untilRelease(client, release, (view) => /fewer than two epochs/.test(stored(view).message));
    expect([stored(late).status, await ready()]).toEqual([
      'True',
      'alarm: 2 files on Walrus end within two epochs, or nobody knows when',
    ]);
    const alarm = () =>
      logged
        .map((line) => JSON.parse(line))
        .find((line) => line.level === 50 && line.release === release && line.failures);
    await expect.poll(alarm, { timeout: 20_000 }).toMatchObject({
      epochsLeft: 1,
      failures: [{ file: 'model.onnx', cause: expect.stringContaining('413') }],
    });
  });

  it('what has ended is no longer stored, and publishing the same files again brings it back', async () => {
    await toEpoch(epoch + 8);
    const ended = await getRelease(client, release);
    expect(stored(ended)).toMatchObject({
      status: 'False',
      reason: 'BlobExpired',
      next: expect.stringContaining('publisher'),
    });
    await hurry(release, 'store');
    await untilRelease(client, release, (view) => /model.onnx: its storage period/.test(stored(view).message));
    refuseAll(false);
    await publishBytes(client, first, { name: 'large' });
    await untilRelease(client, release, keptUntil(epoch + 13));
    expect(await readFile(first)).toBe(sha256(first));
  });

  it('says that Walrus does not take the files, without why, and stores them when it does', async () => {
    refuseAll(true);
    const refused = randomBytes(1000);
    const { digest } = await publishBytes(client, refused, { name: 'refused' });
    const view = await untilRelease(client, digest, (one) => stored(one).reason === 'StorageUnavailable');
    expect(stored(view)).toMatchObject({ status: 'False', next: expect.stringContaining('tried again') });
    expect(JSON.stringify(view)).not.toContain(network.url);
    refuseAll(false);
    await hurry(digest, 'keep');
    await untilRelease(client, digest, isTrue('Stored'));
    expect(await onDisk(refused)).toBe(false);
  });

  it('logs no secret', () => {
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join('')).not.toMatch(new RegExp(`${secret}|Bearer|eyJ`));
  });
});
