import { CallableError, digestBytes, hexOfDigest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { epoch, sendProblem, signing } from '../../test/examples.ts';
import { sendJson, serve } from '../../test/serve.ts';
import { sendChunk } from './send-chunk.ts';
import { completeUpload, createUpload, getUpload } from './uploads.ts';

const chunks = ['one', 'two', 'three'].map((text, index) => {
  const bytes = new TextEncoder().encode(text);
  return { bytes, file: 'f'.repeat(64), index, sha256: hexOfDigest(digestBytes(bytes)), size: bytes.length };
});

test('an upload that broke in the middle goes on with what is missing', async () => {
  const arrived = new Map<string, string>();
  let breakAt = 1;
  const { url, asked } = await serve((response, { method, path, body }) => {
    const missing = chunks.filter(({ sha256 }) => !arrived.has(sha256)).map(({ bytes: _, ...chunk }) => chunk);
    if (method !== 'PUT') return sendJson(response, { id: 'u1', chunkBytes: 4, missing, expiresAt: epoch });
    const chunk = chunks[Number(path.split('/').at(-1))];
    if (chunk?.index === breakAt) return response.destroy();
    if (hexOfDigest(digestBytes(body)) !== chunk?.sha256)
      return sendProblem(response, new CallableError('ChunkMismatch'));
    arrived.set(chunk.sha256, String(body));
    return response.writeHead(204).end();
  });
  const client = signing(url);
  const file = { size: 11, sha256: 'f'.repeat(64), chunks: chunks.map(({ sha256 }) => sha256) };
  const send = async () => {
    for (const chunk of (await createUpload(client, { files: [file] })).missing)
      await sendChunk(client, 'u1', chunk, chunks[chunk.index]?.bytes ?? new Uint8Array());
  };
  await expect(send()).rejects.toMatchObject({ code: 'HubUnreachable' });
  expect((await getUpload(client, 'u1')).missing.map(({ index }) => index)).toEqual([1, 2]);
  breakAt = -1;
  await send();
  expect((await completeUpload(client, 'u1')).missing).toEqual([]);
  expect([...arrived.values()]).toEqual(['one', 'two', 'three']);
  const sent = asked.filter(({ method }) => method === 'PUT').map(({ path }) => path.at(-1));
  expect(sent).toEqual(['0', '1', '1', '2']);
});

test('a chunk that is not what it should be is refused in the words of the hub', async () => {
  const { url } = await serve((response) => sendProblem(response, new CallableError('ChunkMismatch')));
  const [chunk] = chunks;
  await expect(sendChunk(signing(url), 'u1', chunk!, chunk!.bytes)).rejects.toMatchObject({ code: 'ChunkMismatch' });
});
