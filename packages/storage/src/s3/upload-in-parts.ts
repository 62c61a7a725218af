import { tryAgain } from '../http/try-again.ts';
import { elementOf, S3Failure } from './s3-failure.ts';
import type { S3Settings } from './s3-settings.ts';
import { sendS3Request, textOf } from './send-s3-request.ts';

/** Parts on their way at once, beside the one that is being filled. */
const inFlight = 2;

/**
 * Sends an object in parts. It becomes visible, whole, when the last step is done; whatever goes wrong before, the
 * server is told to forget the parts, also when the caller has given up.
 */
export async function uploadInParts(
  settings: Required<S3Settings>,
  key: string,
  slices: AsyncIterable<Buffer>,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const uploadId = await beginUpload(settings, key, options);
  try {
    const tags = await sendParts(settings, key, uploadId, slices, options);
    await completeUpload(settings, key, uploadId, tags, options);
  } catch (error) {
    // What cannot be taken back now is left to the bucket's rule for unfinished uploads.
    await abortUpload(settings, key, uploadId).catch(() => undefined);
    throw error;
  }
}

/** A part that was still arriving can keep an upload alive that was aborted: it is looked for until it is gone. */
async function abortUpload(settings: Required<S3Settings>, key: string, uploadId: string): Promise<void> {
  const query = { uploadId };
  await tryAgain(
    settings.patience,
    () => true,
    async () => {
      const aborted = await sendS3Request(settings, { method: 'DELETE', key, query, accept: [204, 200, 404] });
      await textOf(settings, aborted);
      const parts = await sendS3Request(settings, { method: 'GET', key, query, accept: [200, 404] });
      const text = await textOf(settings, parts);
      if (parts.status === 200) throw new Error(`The upload is still there: ${text.slice(0, 100)}`);
    },
  );
}

async function beginUpload(
  settings: Required<S3Settings>,
  key: string,
  options: { signal?: AbortSignal },
): Promise<string> {
  const response = await sendS3Request(
    settings,
    { method: 'POST', key, query: { uploads: '' }, accept: [200] },
    options,
  );
  const text = await textOf(settings, response);
  const uploadId = elementOf(text, 'UploadId');
  if (!uploadId) throw new Error(`The S3 server began an upload without naming it: ${text.slice(0, 200)}`);
  return uploadId;
}

async function sendParts(
  settings: Required<S3Settings>,
  key: string,
  uploadId: string,
  slices: AsyncIterable<Buffer>,
  { signal }: { signal?: AbortSignal },
): Promise<string[]> {
  const tags: string[] = [];
  const sending = new Set<Promise<void>>();
  const send = async (index: number, body: Buffer) => {
    const query = { partNumber: String(index + 1), uploadId };
    // Not cut off when the caller stops: what the server had of it would arrive after the upload was aborted, and begin it again.
    const response = await sendS3Request(settings, { method: 'PUT', key, query, body, accept: [200] });
    await textOf(settings, response);
    const tag = response.headers.get('etag');
    if (!tag) throw new Error('The S3 server took a part without giving it a tag.');
    tags[index] = tag;
  };
  try {
    let index = 0;
    for await (const slice of slices) {
      signal?.throwIfAborted();
      const sent = send(index++, slice).finally(() => sending.delete(sent));
      // Heard below; a promise in the set that fails while the source is slow must not be nobody's.
      sent.catch(() => undefined);
      sending.add(sent);
      if (sending.size >= inFlight) await Promise.race(sending);
    }
    await Promise.all(sending);
    signal?.throwIfAborted();
    return tags;
  } finally {
    // Also after a failure: the upload is aborted when nothing of it is under way any more.
    await Promise.allSettled(sending);
  }
}

async function completeUpload(
  settings: Required<S3Settings>,
  key: string,
  uploadId: string,
  tags: readonly string[],
  options: { signal?: AbortSignal },
): Promise<void> {
  const parts = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`);
  const body = Buffer.from(
    `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`,
  );
  const headers = { 'content-type': 'application/xml' };
  const request = { method: 'POST', key, query: { uploadId }, headers, body, accept: [200] } as const;
  try {
    const response = await sendS3Request(settings, request, options);
    const text = await textOf(settings, response);
    // A 200 is sent before the server knows: the failure then stands in the body.
    if (/<Error[\s>]/.test(text)) throw new S3Failure(`complete ${key}`, 500, text);
  } catch (error) {
    // Said twice because the first answer was lost: then the object stands there.
    if (!(error instanceof S3Failure && error.code === 'NoSuchUpload')) throw error;
    await sendS3Request(settings, { method: 'HEAD', key, accept: [200] }, options);
  }
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
