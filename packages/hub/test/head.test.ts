import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { publishBytes, sha256 } from '@callable/stand-ins';
import { expect, test, vi } from 'vitest';
import { defaultWalrusApiConfig } from '../src/config/walrus-api-config.ts';
import { startTestHub } from './start-test-hub.ts';

/** What a server sends on a fresh connection until it ends it: a client of ours would hide a body after HEAD. */
async function askHead(url: string, path: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece));
  socket.setTimeout(5_000, () => socket.destroy(new Error(`HEAD ${path} is not answered`)));
  socket.write(`HEAD ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  await once(socket, 'close');
  return Buffer.concat(pieces).toString('latin1');
}

test('attack by a reader: HEAD on any route is answered at once, without a body, and reads no byte of a file', async () => {
  const walrusApi = { ...defaultWalrusApiConfig, shards: 25, identifyAfterMs: 0 };
  await using hub = await startTestHub({ config: { walrusApi } });
  const bytes = randomBytes(3_000_000);
  const { digest, reference } = await publishBytes(hub.client(), bytes, { name: 'headed' });
  const put = await fetch(`${hub.url}/v1/blobs`, { method: 'PUT', body: bytes });
  const { newlyCreated } = (await put.json()) as { newlyCreated: { blobObject: { id: string; blobId: string } } };
  const { id, blobId } = newlyCreated.blobObject;
  const [publisher, release] = reference.split('/');
  const found = (path: string) =>
    path
      .replace(':publisher', String(publisher))
      // The form by which a digest is told from a name.
      .replace(/:release\(.*?\$\)/, digest)
      .replace(':release', path.includes(':publisher') ? String(release) : digest)
      .replace(':sha256', sha256(bytes))
      .replace(':blobId', blobId)
      .replace(':objectId', id)
      .replace(/byte-range$/, 'byte-range?start=0&length=1000')
      .replace(/concat$/, `concat?ids=${blobId},${blobId}`);
  const read = vi.spyOn(hub.ctx.blobs, 'read');
  const answered = new Map<string, number>();
  for (const path of new Set(hub.reads)) {
    const answer = await askHead(hub.url, found(path));
    expect(answer, path).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4), path).toBe('');
    answered.set(path, Number(answer.slice(9, 12)));
  }
  expect(answered.size).toBeGreaterThan(25);
  for (const path of [
    '/v1/files/:sha256',
    '/v1/releases/:publisher/:release/events',
    '/v1/releases/:release(^sha256:[0-9a-f]{64}$)/events',
    '/v1/blobs/:blobId',
    '/v1/blobs/:blobId/byte-range',
    '/v1/blobs/by-object-id/:objectId',
    '/v1alpha/blobs/concat',
  ])
    expect([path, answered.get(path)]).toEqual([path, 200]);
  expect(read).not.toHaveBeenCalled();
});
