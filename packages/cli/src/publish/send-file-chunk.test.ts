import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashChunks } from '@callable/disk';
import { CallableError, problemOf } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { randomKey } from '@callable/stand-ins';
import { expect, onTestFinished, test } from 'vitest';
import { createChunkPatience } from './chunk-patience.ts';
import { sendFileChunk } from './send-file-chunk.ts';

const refusal = JSON.stringify(problemOf(new CallableError('ChunkMismatch'), 'r'));
const fetch = async (_url: unknown, init?: RequestInit) =>
  init?.method === 'PUT'
    ? new Response(refusal, { status: 422 })
    : new Response(JSON.stringify({ hub: `0x${'ab'.repeat(20)}` }));

/** A file of which a chunk is sent to a hub that finds its bytes wrong, after something happened to it. */
async function send(happens: (path: string) => Promise<void>) {
  const directory = await mkdtemp(join(tmpdir(), 'callable-chunk-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'model.onnx');
  await writeFile(path, 'what was hashed');
  const { sha256, size, chunks } = await hashChunks(path, new AbortController().signal);
  await happens(path);
  const client = createClient('http://hub', { key: randomKey(), fetch });
  const line = { client, upload: 'u', patience: createChunkPatience(() => 0) };
  const chunk = { file: sha256, index: 0, sha256: chunks[0] as string, size };
  return sendFileChunk(line, path, chunk, new AbortController().signal).catch((error: unknown) => error);
}

test.each<[string, (path: string) => Promise<void>]>([
  ['written over', (path) => writeFile(path, 'something else!')],
  ['cut short', (path) => truncate(path, 3)],
  ['removed', (path) => rm(path)],
])('a file that is %s while it is uploaded is named, and nobody is told to send a chunk again', async (_, happens) => {
  const message = expect.stringMatching(/model\.onnx changed after it was read/);
  expect(await send(happens)).toMatchObject({ code: 'FileChanged', message });
});

test('bytes that were changed on the way are what the hub says they are', async () => {
  expect(await send(async () => {})).toMatchObject({ code: 'ChunkMismatch' });
});
