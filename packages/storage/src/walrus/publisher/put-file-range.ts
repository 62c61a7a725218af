import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

export type FileRange = { path: string; start: number; length: number };

/** What came of a PUT. Only a publisher that was given every byte can have stored them: `complete` says whether. */
export type PutOutcome = { complete: boolean } & ({ status: number; body: string } | { failure: unknown });

/** Of an answer that is a few hundred bytes. */
const answerBytes = 64 * 1024;
/** A server that does not know the question is waited for no longer. */
const continueMs = 1000;

/**
 * PUTs a piece of a file in constant memory. Not with fetch: that holds a body with a known length in memory whole.
 * `idleMs` is how long the peer may take nothing, `answerMs` how long it may be silent when it has everything.
 * Never throws: what failed is told with how far it came.
 */
export async function putFileRange(
  url: URL,
  file: FileRange,
  headers: Readonly<Record<string, string>>,
  options: { idleMs: number; answerMs: number; signal?: AbortSignal },
): Promise<PutOutcome> {
  const progress = { complete: false };
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, {
    method: 'PUT',
    headers: {
      ...headers,
      'content-length': String(file.length),
      'content-type': 'application/octet-stream',
      // Whoever refuses (too large, too busy, no such token) can say so before gigabytes are sent in vain.
      expect: '100-continue',
    },
    // A connection kept from before may be closed by the other side just when a long body begins.
    agent: false,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const timer = setTimeout(() => request.destroy(new Error('The publisher was silent for too long.')), options.idleMs);
  const answered = readAnswer(request);
  // The answer may come, and the connection be closed, before the body has been taken: then the answer counts.
  const sending = sendRange(request, file, { timer, answered, progress }).then(
    () => ({ sent: true as const }),
    (error: unknown) => ({ sent: false as const, error }),
  );
  try {
    const first = await Promise.race([answered, sending]);
    if ('status' in first) return { ...first, ...progress };
    clearTimeout(timer);
    const late = setTimeout(
      () => request.destroy(new Error('The publisher gave no answer.')),
      first.sent ? options.answerMs : 1000,
    );
    const answer = await answered.finally(() => clearTimeout(late));
    return { ...answer, ...progress };
  } catch (failure) {
    return { failure, ...progress };
  } finally {
    clearTimeout(timer);
    request.destroy();
  }
}

async function sendRange(
  request: ReturnType<typeof requestHttp>,
  file: FileRange,
  { timer, answered, progress }: { timer: NodeJS.Timeout; answered: Promise<unknown>; progress: { complete: boolean } },
): Promise<void> {
  await Promise.race([invited(request), answered]);
  if (request.destroyed || request.writableEnded) return;
  if (file.length === 0) {
    progress.complete = true;
    request.end();
    return;
  }
  const source = createReadStream(file.path, {
    start: file.start,
    end: file.start + file.length - 1,
    highWaterMark: 256 * 1024,
  });
  let given = 0;
  source.on('data', (piece) => {
    timer.refresh();
    given += piece.length;
    // Said before they are on the wire: taken for sent too early costs a wait, too late a second payment.
    progress.complete = given >= file.length;
  });
  await pipeline(source, request, { end: true });
}

/** Resolves when the peer wants the body, or has not heard of being asked. */
async function invited(request: ReturnType<typeof requestHttp>): Promise<void> {
  request.flushHeaders();
  const waited = new AbortController();
  const patience = delay(continueMs, undefined, { signal: waited.signal }).catch(() => undefined);
  await Promise.race([once(request, 'continue', { signal: waited.signal }), patience]).finally(() => waited.abort());
}

function readAnswer(request: ReturnType<typeof requestHttp>): Promise<{ status: number; body: string }> {
  const answered = new Promise<{ status: number; body: string }>((resolve, reject) => {
    request.once('error', reject);
    request.once('close', () => reject(new Error('The publisher closed the connection without an answer.')));
    request.once('response', (response) => {
      const pieces: Buffer[] = [];
      let size = 0;
      const done = () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).subarray(0, answerBytes).toString() });
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        size += piece.length;
        if (size >= answerBytes) done();
      });
      response.once('end', done);
      response.once('error', reject);
    });
  });
  answered.catch(() => undefined);
  return answered;
}
