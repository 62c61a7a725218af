import { CallableError, type UploadView } from '@callable/protocol';
import { type Client, completeUpload, createUpload } from '@callable/sdk';
import type { HashedSource } from '../models/hash-source.ts';
import { answerWithin, shortAnswerMs } from './answer-within.ts';
import type { ChunkPatience } from './chunk-patience.ts';
import { isPassing } from './outlast-outages.ts';
import type { PublishEvent } from './publish-event.ts';
import { type Line, sendFileChunk } from './send-file-chunk.ts';

/** Enough to fill a link with latency; more only makes each chunk slower. */
const atOnce = 4;

type Missing = UploadView['missing'][number];

/**
 * Sends what the hub lacks, four chunks at a time, and lets it join them. Chunks that arrived earlier, in this run
 * or one that was interrupted, are not sent again: after any failure it can be begun anew.
 */
export async function* uploadFiles(
  client: Client,
  files: readonly HashedSource[],
  patience: ChunkPatience,
  signal: AbortSignal,
): AsyncGenerator<PublishEvent, void> {
  const distinct = [...new Map(files.map((file) => [file.entry.sha256, file])).values()];
  const request = { files: distinct.map(({ entry: { size, sha256, chunks } }) => ({ size, sha256, chunks })) };
  const upload = await answerWithin(shortAnswerMs, signal, (within) =>
    createUpload(client, request, { signal: within }),
  );
  const total = distinct.reduce((sum, { entry }) => sum + entry.size, 0);
  let missing = upload.missing;
  const alreadyThere = total - bytesOf(missing);
  let done = alreadyThere;
  const progress = (): PublishEvent => ({ kind: 'upload', name: 'Upload', done, total, alreadyThere });
  yield progress();
  let told = client.way.mostBytes;
  // The hub may find on joining that a chunk was lost on its side: what it then names is sent once more.
  for (let round = 0; round < 3; round++) {
    for await (const bytes of sendAll({ client, upload: upload.id, patience }, distinct, missing, signal)) {
      done += bytes;
      const { mostBytes } = client.way;
      if (mostBytes !== told) yield { kind: 'pieces', bytes: mostBytes };
      told = mostBytes;
      yield progress();
    }
    missing = (await completeUpload(client, upload.id, { signal })).missing;
    if (missing.length === 0) return;
    done -= bytesOf(missing);
  }
  throw new CallableError('UploadIncomplete', `${missing.length} chunks did not arrive although they were sent.`);
}

const bytesOf = (missing: readonly Missing[]) => missing.reduce((sum, chunk) => sum + chunk.size, 0);

/** Yields the size of each chunk that has arrived. The first failure ends it. */
async function* sendAll(
  line: Line,
  files: readonly HashedSource[],
  missing: readonly Missing[],
  outer: AbortSignal,
): AsyncGenerator<number> {
  const failing = new AbortController();
  const signal = AbortSignal.any([outer, failing.signal]);
  const sources = new Map(files.map((file) => [file.entry.sha256, file.source]));
  const flying = new Set<Promise<number>>();
  try {
    for (const chunk of missing) {
      const source = sources.get(chunk.file);
      if (source === undefined) throw new CallableError('ChunkUnknown', `The hub asks for a file it was not offered.`);
      if (flying.size >= atOnce) yield await Promise.race(flying);
      const flight: Promise<number> = sendFileChunk(line, source, chunk, signal)
        .then(() => chunk.size)
        .finally(() => flying.delete(flight));
      flying.add(flight);
    }
    while (flying.size > 0) yield await Promise.race(flying);
  } catch (error) {
    // One connection broke: what is under way on the others need not be sent a second time.
    if (isPassing(error)) await Promise.allSettled(flying);
    throw error;
  } finally {
    failing.abort();
    await Promise.allSettled(flying);
  }
}
