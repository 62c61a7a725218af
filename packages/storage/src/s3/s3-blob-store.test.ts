import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeBlobStore, piecesOf, readAll, sha256 } from '../../test/describe-blob-store.ts';
import { noS3Server, type S3Server, startS3Server } from '../../test/start-s3-server.ts';
import { S3BlobStore } from './s3-blob-store.ts';
import { completeSettings, type S3Settings } from './s3-settings.ts';
import { sendS3Request } from './send-s3-request.ts';

const mib = 2 ** 20;
const pattern = (bytes: number) => Buffer.alloc(bytes, randomBytes(1021));

if (noS3Server && process.env.CI) throw new Error(noS3Server);
if (noS3Server) console.warn(`\n!! S3BlobStore is NOT tested. ${noS3Server}\n`);

describe.skipIf(noS3Server !== null)('against a real S3 server', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const openUploads = async (settings: S3Settings) => {
    const query = { uploads: '', prefix: settings.prefix ?? '' };
    const response = await sendS3Request(completeSettings(settings), { method: 'GET', key: '', query, accept: [200] });
    return [...(await response.text()).matchAll(/<UploadId>([^<]*)</g)].map((found) => found[1] ?? '');
  };
  const create = async (more: Partial<S3Settings> = {}) => {
    const settings = { ...server.settings, prefix: `${randomUUID()}/`, ...more };
    return {
      settings,
      store: new S3BlobStore(settings),
      damage: (id: string, bytes: Uint8Array) =>
        writeFile(join(server.directory, settings.prefix, id.slice(0, 2), id), bytes),
      leftovers: () => openUploads(settings),
      [Symbol.asyncDispose]: async () => {},
    };
  };

  describeBlobStore('S3BlobStore', create);

  it('sends what is larger than a part in parts, and gives back any range', async () => {
    const { store, leftovers } = await create({ partBytes: 5 * mib });
    const bytes = pattern(12 * mib + 17);
    const id = sha256(bytes);
    await store.put(id, bytes.length, piecesOf(bytes, 300_001));
    expect(await store.stat(id)).toEqual({ size: bytes.length });
    const read = await readAll(store, id);
    expect(sha256(read ?? Buffer.alloc(0))).toBe(id);
    const offset = 5 * mib - 3;
    expect(await readAll(store, id, { offset, length: 10 })).toEqual(bytes.subarray(offset, offset + 10));
    expect(await leftovers()).toEqual([]);
  });

  it.each([
    ['one wrong byte at the very end', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([1])])],
    ['an end that is missing', (bytes: Buffer) => bytes.subarray(0, 11 * mib)],
    ['an end that is too much', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(6 * mib)])],
  ])('aborts a large upload with %s, and never shows it', async (_case, spoil) => {
    const { store, leftovers } = await create({ partBytes: 5 * mib });
    const bytes = Buffer.concat([pattern(12 * mib), Buffer.from([0])]);
    const id = sha256(bytes);
    const put = store.put(id, bytes.length, piecesOf(spoil(bytes), 1_000_000));
    await expect(put).rejects.toMatchObject({ code: 'UploadMismatch' });
    expect(await store.stat(id)).toBeNull();
    expect(await leftovers()).toEqual([]);
  });

  it('aborts a large upload when asked to stop in the middle', async () => {
    const { store, leftovers } = await create({ partBytes: 5 * mib });
    const bytes = pattern(20 * mib);
    const stop = new AbortController();
    const source = async function* () {
      for (let at = 0; at < bytes.length; at += mib) {
        if (at === 12 * mib) stop.abort();
        yield bytes.subarray(at, at + mib);
      }
    };
    await expect(store.put(sha256(bytes), bytes.length, source(), { signal: stop.signal })).rejects.toThrow(/abort/i);
    expect(await store.stat(sha256(bytes))).toBeNull();
    expect(await leftovers()).toEqual([]);
  });

  it('says what the server said when the secret is wrong', async () => {
    const { settings } = await create();
    const wrong = { accessKeyId: 'test-access', secretAccessKey: 'a guess' };
    const store = new S3BlobStore({ ...settings, credentials: wrong });
    const bytes = randomBytes(10);
    await expect(store.put(sha256(bytes), 10, piecesOf(bytes))).rejects.toThrow(/403/);
  });

  it('holds a few parts in memory, however large the blob is', async () => {
    const { store } = await create({ partBytes: 5 * mib });
    const [piece, count] = [pattern(mib), 128];
    const hash = createHash('sha256');
    for (let at = 0; at < count; at++) hash.update(piece);
    const id = hash.digest('hex');
    let peak = 0;
    const source = async function* () {
      for (let at = 0; at < count; at++) {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers);
        yield piece;
      }
    };
    const before = process.memoryUsage().arrayBuffers;
    await store.put(id, count * mib, source());
    expect((peak - before) / mib).toBeLessThan(60);
    expect(await store.stat(id)).toEqual({ size: count * mib });
  });
});

describe('against a server that misbehaves', () => {
  const bytes = randomBytes(1000);
  const id = sha256(bytes);
  const serve = async (listener: RequestListener) => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;
    const store = new S3BlobStore({
      endpoint: `http://127.0.0.1:${port}`,
      bucket: 'b',
      region: 'r',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      idleMs: 200,
      patience: { attempts: 3, pauseMs: 1, random: () => 0 },
    });
    return {
      store,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
      },
    };
  };
  const head = { 'content-length': '1000', etag: '"x"' };

  it('takes a read up again where a connection broke', async () => {
    const ranges: string[] = [];
    await using test = await serve((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(200, head).end();
      ranges.push(request.headers.range ?? '');
      const from = Number(/bytes=(\d+)/.exec(request.headers.range ?? '')?.[1]);
      response.writeHead(206, { 'content-length': String(1000 - from) });
      response.write(bytes.subarray(from, from + 400), () => (from < 800 ? request.socket.destroy() : response.end()));
    });
    expect(await readAll(test.store, id)).toEqual(bytes);
    expect(ranges).toEqual(['bytes=0-999', 'bytes=400-999', 'bytes=800-999']);
  });

  it('gives up a server that stalls in the middle of a blob', async () => {
    await using test = await serve((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(200, head).end();
      response.writeHead(206, { 'content-length': '1000' }).flushHeaders();
    });
    await expect(readAll(test.store, id)).rejects.toThrow('Nothing came for 200 ms');
  });

  it('does not take the whole object for the range it asked for', async () => {
    await using test = await serve((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(200, head).end();
      response.writeHead(200, head).end(bytes);
    });
    await expect(readAll(test.store, id, { offset: 5, length: 5 })).rejects.toThrow(/200/);
  });

  it('repeats what fails in passing, and not what is refused', async () => {
    let asked = 0;
    await using test = await serve((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(404).end();
      asked++;
      response.writeHead(asked < 3 ? 503 : 200).end();
    });
    await test.store.put(id, 1000, piecesOf(bytes));
    expect(asked).toBe(3);
    await using strict = await serve((request, response) => {
      asked++;
      response.writeHead(request.method === 'HEAD' ? 404 : 403).end('<Error><Code>AccessDenied</Code></Error>');
    });
    asked = 0;
    await expect(strict.store.put(id, 1000, piecesOf(bytes))).rejects.toThrow('AccessDenied');
    expect(asked).toBe(2);
  });

  it('a 200 with an error inside is no success', async () => {
    const large = pattern(9 * mib);
    const seen: string[] = [];
    await using test = await serve((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(404).end();
      const { searchParams } = new URL(request.url ?? '', 'http://any');
      seen.push(`${request.method}${searchParams.has('partNumber') ? ' part' : ''}`);
      request.resume().on('end', () => {
        if (searchParams.has('uploads')) return response.end('<a><UploadId>u&amp;1</UploadId></a>');
        if (request.method === 'POST') return response.end('<Error><Code>InternalError</Code></Error>');
        return response.writeHead(request.method === 'GET' ? 404 : 200, { etag: '"e"' }).end();
      });
    });
    await expect(test.store.put(sha256(large), large.length, piecesOf(large))).rejects.toThrow('InternalError');
    expect(seen).toEqual(['POST', 'PUT part', 'PUT part', 'POST', 'DELETE', 'GET']);
  });

  it('a full server is DiskFull', async () => {
    await using test = await serve((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(404).end();
      response.writeHead(507).end('<Error><Code>XMinioStorageFull</Code></Error>');
    });
    await expect(test.store.put(id, 1000, piecesOf(bytes))).rejects.toMatchObject({ code: 'DiskFull' });
  });
});
