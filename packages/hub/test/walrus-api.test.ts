import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { getRelease, listReleases } from '@callable/sdk';
import { publishBytes, sendBytes, sha256, untilRelease } from '@callable/stand-ins';
import { computeBlobIds, FileWalrusIndex, WalrusBlobStore } from '@callable/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { describeBlobStore } from '../../storage/test/describe-blob-store.ts';
import { defaultWalrusApiConfig, type WalrusApiConfig } from '../src/config/walrus-api-config.ts';
import { expireWalrusBlobs } from '../src/walrus-api/expire-walrus-blobs.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const run = promisify(execFile);
/** As in a small testbed: the same computation at a hundredth of the cost, of blobs up to 10 MB. */
const shards = 25;

const idOf = async (bytes: Uint8Array, of = shards) => {
  const pieces = async function* () {
    yield bytes;
  };
  const [part] = await computeBlobIds(pieces(), bytes.length, { shards: of });
  return part?.blobId ?? '';
};

async function startHub(more: Partial<WalrusApiConfig> = {}): Promise<TestHub & { setTime: (now: number) => void }> {
  let offset = 0;
  const walrusApi = { ...defaultWalrusApiConfig, shards, identifyAfterMs: 0, ...more };
  const hub = await startTestHub({ config: { walrusApi }, overrides: { clock: () => Date.now() + offset } });
  return { ...hub, setTime: (now) => (offset = now - Date.now()) };
}

const blobFile = (hub: TestHub, hash: string) => join(hub.ctx.config.dataDir, 'blobs', hash.slice(0, 2), hash);

describe('the documented commands', () => {
  let hub: TestHub;
  /** For a blob whose name is compared with nothing: on a thousand shards it took 3 CPU seconds. */
  let small: TestHub;
  let directory: Awaited<ReturnType<typeof createTestDirectory>>;
  beforeAll(async () => {
    [hub, small, directory] = await Promise.all([startHub({ shards: 1000 }), startHub(), createTestDirectory()]);
  });
  afterAll(async () => {
    await hub[Symbol.asyncDispose]();
    await small[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  const curl = async (...args: string[]) => (await run('curl', ['--silent', '--show-error', ...args])).stdout;

  it('store a string and a file, and read them back, under the genuine names', async () => {
    const [publisher, aggregator] = [hub.url, hub.url];
    const created = JSON.parse(await curl('-X', 'PUT', `${publisher}/v1/blobs`, '-d', 'some other string'));
    const blobId = 'M4hsZGQ1oCktdzegB6HnI6Mi28S2nqOPHxK-W7_4BUk';
    // What the documentation prints for it, but for object IDs and epochs.
    expect(created).toMatchObject({
      newlyCreated: {
        blobObject: {
          id: expect.stringMatching(/^0x[0-9a-f]{64}$/),
          blobId,
          size: 17,
          encodingType: 'RS2',
          storage: { storageSize: 66_034_000 },
          deletable: true,
        },
        resourceOperation: { registerFromScratch: { encodedLength: 66_034_000, epochsAhead: 1 } },
      },
    });
    expect(await curl('-X', 'PUT', `${publisher}/v1/blobs`, '-d', 'some other string')).toContain('alreadyCertified');
    expect(await curl(`${aggregator}/v1/blobs/${blobId}`)).toBe('some other string');
    const objectId = created.newlyCreated.blobObject.id;
    expect(await curl(`${aggregator}/v1/blobs/by-object-id/${objectId}`)).toBe('some other string');

    const [path, copy] = [join(directory.path, 'file'), join(directory.path, 'copy')];
    // Large enough for curl to ask before it sends.
    const bytes = randomBytes(2 ** 21);
    await writeFile(path, bytes);
    const to = `0x${'a'.repeat(64)}`;
    const url = `${small.url}/v1/blobs?epochs=5&deletable=true&send_object_to=${to}`;
    const file = JSON.parse(await curl('-X', 'PUT', url, '--upload-file', path)).newlyCreated;
    expect(file.resourceOperation.registerFromScratch.epochsAhead).toBe(5);
    await curl(`${small.url}/v1/blobs/${file.blobObject.blobId}`, '-o', copy);
    expect((await readFile(copy)).equals(bytes)).toBe(true);
    const joined = await curl(`${aggregator}/v1alpha/blobs/concat?ids=${blobId},${blobId}`);
    expect(joined).toBe('some other stringsome other string');
  });
});

describe('the Walrus endpoints of a hub', () => {
  let hub: Awaited<ReturnType<typeof startHub>>;
  beforeAll(async () => {
    hub = await startHub({ blobBytes: 1_000_000, parallel: 2 });
  });
  afterAll(() => hub[Symbol.asyncDispose]());
  const put = (body: Uint8Array, query = '') =>
    fetch(`${hub.url}/v1/blobs${query}`, { method: 'PUT', body: body as Uint8Array<ArrayBuffer> });
  const stored = async (bytes: Uint8Array, query = '') => {
    const response = await put(bytes, query);
    expect(response.status).toBe(200);
    return idOf(bytes);
  };

  it('answer ranges with both ends, and no others', async () => {
    const bytes = randomBytes(1000);
    const url = `${hub.url}/v1/blobs/${await stored(bytes)}`;
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-19/1000']);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    for (const range of ['bytes=10-', 'bytes=-5', 'bytes=990-1000', 'bytes=5-4', 'bytes=0-1,3-4']) {
      const refused = await fetch(url, { headers: { range } });
      expect([range, refused.status, (await refused.json()).error.details[0].reason]).toEqual([
        range,
        416,
        'INVALID_BYTE_RANGE',
      ]);
    }
    const byAddress = await fetch(`${url}/byte-range?start=10&length=10`);
    expect(byAddress.status).toBe(200);
    expect(Buffer.from(await byAddress.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    expect((await fetch(`${url}/byte-range?start=10&length=1000`)).status).toBe(400);
  });

  it('answer with the headers of an aggregator, HEAD without the bytes, and never as a page', async () => {
    const bytes = Buffer.from('<script>alert(1)</script>');
    const blobId = await stored(bytes);
    const response = await fetch(`${hub.url}/v1/blobs/${blobId}`, {
      headers: { accept: 'text/html', origin: 'http://localhost:3000' },
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag: blobId,
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=86400, stale-while-revalidate=3600',
      'access-control-allow-origin': 'http://localhost:3000',
      'content-type': 'application/octet-stream',
      'content-length': String(bytes.length),
    });
    const head = await fetch(`${hub.url}/v1/blobs/${blobId}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '25', '']);
  });

  it('say in JSON what the daemon refuses, in plain text what the server around it does', async () => {
    const reasonOf = async (response: Response) => [response.status, (await response.json()).error.details[0].reason];
    const unknown = await idOf(randomBytes(10));
    expect(await reasonOf(await fetch(`${hub.url}/v1/blobs/${unknown}`))).toEqual([404, 'BLOB_NOT_FOUND']);
    expect(await reasonOf(await fetch(`${hub.url}/v1/blobs/by-object-id/0x${'0'.repeat(64)}`))).toEqual([
      404,
      'BLOB_NOT_FOUND',
    ]);
    const both = await put(Buffer.from('x'), '?deletable=true&permanent=true');
    expect(await reasonOf(both)).toEqual([400, 'INVALID_BLOB_PERSISTENCE']);
    for (const path of ['nonsense', `${unknown}=`, '..%2f..%2fetc%2fpasswd']) {
      const response = await fetch(`${hub.url}/v1/blobs/${path}`);
      expect([response.status, response.headers.get('content-type')]).toEqual([400, 'text/plain; charset=utf-8']);
    }
    for (const query of [
      'epochs=0',
      'epochs=1e9x',
      'color=red',
      'permanent=yes',
      'encoding_type=RS1',
      'share=true&send_object_to=0x1',
    ]) {
      const response = await put(Buffer.from('x'), `?${query}`);
      expect([query, response.status]).toEqual([query, 400]);
    }
  });

  it('refuse a blob that is too large, announced or not, and keep nothing of it', async () => {
    const large = Buffer.alloc(1_000_001);
    const announced = await put(large);
    expect([announced.status, await announced.text()]).toEqual([413, expect.stringContaining('length limit exceeded')]);
    let sent = 0;
    const pieces = new ReadableStream({
      pull(controller) {
        if (++sent > 200) controller.close();
        else controller.enqueue(large.subarray(0, 100_000));
      },
    });
    const unannounced = fetch(`${hub.url}/v1/blobs`, { method: 'PUT', body: pieces, duplex: 'half' } as RequestInit);
    await unannounced.then(
      (response) => expect(response.status).toBe(413),
      // Cut off while it was still sending.
      (error) => expect(String(error)).toContain('fetch failed'),
    );
    expect(await readdir(join(hub.ctx.config.dataDir, 'walrus'))).toEqual([]);
  });

  it('tell whoever comes too many at once to come again, in plain text, and serve the next', async () => {
    const { hostname, port } = new URL(hub.url);
    const open = async () => {
      const socket = connect(Number(port), hostname);
      const head = ['PUT /v1/blobs HTTP/1.1', 'host: localhost', 'content-length: 10', 'connection: close'];
      socket.write(`${[...head, 'expect: 100-continue'].join('\r\n')}\r\n\r\n`);
      expect(String(await once(socket, 'data'))).toContain('100 Continue');
      return socket;
    };
    const [leaving, staying] = [await open(), await open()];
    const refused = await put(Buffer.from('third'));
    expect(await refused.text()).toBe('the publisher is receiving too many requests; please try again later');
    leaving.destroy();
    staying.write('ten bytes!');
    expect(await text(staying)).toContain('200 OK');
    await expect.poll(async () => (await put(Buffer.from('third'))).status, { timeout: 20_000 }).toBe(200);
  });

  it('keep a blob for its epochs, and then drop it with its bytes', async () => {
    const [brief, lasting] = [randomBytes(500), randomBytes(500)];
    const [briefId, lastingId] = [await stored(brief, '?epochs=1'), await stored(lasting, '?epochs=3')];
    const upload = randomBytes(500);
    await sendBytes(hub.client(), upload);
    const uploadId = await stored(upload, '?epochs=1');
    const statusOf = async (blobId: string) => (await fetch(`${hub.url}/v1/blobs/${blobId}`)).status;
    expect(await Promise.all([briefId, lastingId, uploadId].map(statusOf))).toEqual([200, 200, 200]);
    hub.setTime(Date.now() + 2 * defaultWalrusApiConfig.epochMs);
    expect(await Promise.all([briefId, lastingId, uploadId].map(statusOf))).toEqual([404, 200, 404]);
    await expireWalrusBlobs(hub.ctx);
    hub.setTime(Date.now());
    const there = await Promise.all([brief, lasting, upload].map((bytes) => hub.ctx.blobs.stat(sha256(bytes))));
    // Somebody may be about to publish what was uploaded.
    expect(there).toEqual([null, { size: 500 }, { size: 500 }]);
    expect(await statusOf(briefId)).toBe(404);
    expect(await stored(brief)).toBe(briefId);
    expect(await statusOf(briefId)).toBe(200);
  });

  it('bytes that were damaged meanwhile are replaced, not certified again', async () => {
    const bytes = randomBytes(500);
    const blobId = await stored(bytes);
    await writeFile(blobFile(hub, sha256(bytes)), Buffer.alloc(500));
    await stored(bytes);
    const read = await fetch(`${hub.url}/v1/blobs/${blobId}`);
    expect(Buffer.from(await read.arrayBuffer())).toEqual(bytes);
    await writeFile(blobFile(hub, sha256(bytes)), bytes.subarray(1));
    expect((await fetch(`${hub.url}/v1/blobs/${blobId}`)).status).toBe(503);
  });

  it('there is an end to what strangers may store', async () => {
    await using full = await startHub({ blobBytes: 1000, totalBytes: 2500 });
    const statuses = [];
    for (let i = 0; i < 3; i++) {
      const body = randomBytes(900);
      statuses.push((await fetch(`${full.url}/v1/blobs`, { method: 'PUT', body })).status);
    }
    expect(statuses).toEqual([200, 200, 503]);
  });

  it('attack by one address: it cannot use up the room of all others', async () => {
    await using small = await startHub({ blobBytes: 1000, totalBytes: 10_000, senderBytes: 2000 });
    const put = async (body: Uint8Array | ReadableStream, forwarded = '198.51.100.1') => {
      const headers = { 'x-forwarded-for': forwarded };
      const init = { method: 'PUT', body, headers, duplex: 'half' } as RequestInit;
      const response = await fetch(`${small.url}/v1/blobs`, init);
      return [response.status, response.headers.get('content-type')];
    };
    const first = randomBytes(900);
    expect([(await put(first))[0], (await put(randomBytes(900)))[0]]).toEqual([200, 200]);
    const tooMuch = [413, 'text/plain; charset=utf-8'];
    expect(await put(randomBytes(300))).toEqual(tooMuch);
    expect(await put(new Blob([randomBytes(300)]).stream())).toEqual(tooMuch);
    expect((await put(randomBytes(100)))[0]).toBe(200);
    // Whatever it says of itself, and from whatever port.
    for (const said of ['192.0.2.7, 198.51.100.1', '198.51.100.1:4444', '::ffff:198.51.100.1'])
      expect(await put(randomBytes(300), said)).toEqual(tooMuch);
    // Others are counted for themselves.
    expect((await put(randomBytes(300), '192.0.2.1'))[0]).toBe(200);
    small.setTime(Date.now() + 2 * defaultWalrusApiConfig.epochMs);
    await expireWalrusBlobs(small.ctx);
    expect(await small.ctx.blobs.stat(sha256(first))).toBeNull();
  });

  it('attack by one address: who puts too often is told to come again, in plain text', async () => {
    await using small = await startHub({ senderPutsPerMinute: 3 });
    const put = () => fetch(`${small.url}/v1/blobs`, { method: 'PUT', body: 'the same' });
    const answers = [await put(), await put(), await put(), await put()];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]?.headers.get('content-type')).toContain('text/plain');
    small.setTime(Date.now() + 25_000);
    expect((await put()).status).toBe(200);
  });

  it('without room on the disk nothing is taken', async () => {
    await using small = await startHub();
    small.ctx.freeBytes = async () => defaultWalrusApiConfig.blobBytes;
    const refused = await fetch(`${small.url}/v1/blobs`, { method: 'PUT', body: 'x' });
    expect([refused.status, (await refused.json()).error.status]).toEqual([503, 'RESOURCE_EXHAUSTED']);
  });

  it('a release shows the Walrus blob IDs of its files, is found by them, and they are served', async () => {
    const bytes = randomBytes(5_000_000);
    const blobId = await idOf(bytes);
    const client = hub.client();
    const { digest } = await publishBytes(client, bytes, { name: 'identified' });
    await expect
      .poll(async () => (await getRelease(client, digest)).blobs, { timeout: 30_000 })
      .toEqual([{ path: 'model.onnx', sha256: sha256(bytes), blobId }]);
    const found = await fetch(`${hub.url}/v1/releases?blob=${blobId}`);
    expect((await found.json()).releases).toMatchObject([{ digest }]);
    const other = await fetch(`${hub.url}/v1/releases?blob=${await idOf(randomBytes(3))}`);
    expect(await other.json()).toMatchObject({ releases: [] });
    expect((await listReleases(client)).releases.length).toBeGreaterThan(0);
    const read = await fetch(`${hub.url}/v1/blobs/${blobId}`);
    expect(sha256(Buffer.from(await read.arrayBuffer()))).toBe(sha256(bytes));
    await untilRelease(client, digest, () => true);
  });
});

describe('the Walrus driver against a hub', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  describeBlobStore('WalrusBlobStore on a hub', async () => {
    const directory = await createTestDirectory();
    const index = await FileWalrusIndex.open(join(directory.path, 'index'));
    const damaged = new Map<string, Uint8Array>();
    const store = new WalrusBlobStore({
      publisher: hub.url,
      aggregators: [hub.url, `${hub.url}/`],
      index,
      spoolDirectory: join(directory.path, 'spool'),
      epochs: 3,
      currentEpoch: () => Math.floor(Date.now() / defaultWalrusApiConfig.epochMs),
      identify: (source, size, options) => computeBlobIds(source, size, { ...options, shards }),
      // An honest hub notices bytes cut short; what the store has to stand is one that does not.
      fetch: async (url, init) => {
        const wrong = damaged.get(/[\w-]{43}/.exec(String(url))?.[0] ?? '');
        return wrong ? new Response(Buffer.from(wrong), { status: 206 }) : fetch(url, init);
      },
    });
    return {
      store,
      async damage(id, bytes) {
        const [part] = (await index.find(id))?.parts ?? [];
        if (part && bytes.length === part.size) await writeFile(blobFile(hub, id), bytes);
        else if (part) damaged.set(part.blobId, bytes);
      },
      leftovers: () => readdir(join(directory.path, 'spool')).catch(() => []),
      async [Symbol.asyncDispose]() {
        await index[Symbol.asyncDispose]();
        await directory[Symbol.asyncDispose]();
      },
    };
  });
});
