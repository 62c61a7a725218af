import { chunkBytes, digestJson, signStatement } from '@callable/protocol';
import { completeUpload, createUpload, publishRelease, sendChunk } from '@callable/sdk';
import type { Release } from '@callable/stand-ins';
import type { User } from './create-user.ts';

/**
 * Publishes straight through the API, as a stranger's own tool would: nothing looks into the model before the nodes
 * do. Resolves with what the hub acknowledged.
 */
export async function publishDirectly(
  { client, key }: User,
  { manifest, files: contents }: Release,
  signal?: AbortSignal,
) {
  const abortable = signal ? { signal } : {};
  const files = manifest.files.map(({ size, sha256, chunks }) => ({ size, sha256, chunks }));
  const upload = await createUpload(client, { files }, abortable);
  for (const chunk of upload.missing) {
    const from = chunk.index * chunkBytes;
    const bytes = contents[manifest.files.findIndex(({ sha256 }) => sha256 === chunk.file)]?.subarray(
      from,
      from + chunk.size,
    );
    if (!bytes) throw new Error(`The hub asks for ${chunk.file}, which was not announced.`);
    await sendChunk(client, upload.id, chunk, bytes, abortable);
  }
  await completeUpload(client, upload.id, abortable);
  const { publisher, name, version } = manifest;
  const body = { publisher, name, version };
  const fact = { kind: 'release.published', subject: digestJson(manifest), body, issuedAt: Date.now() };
  const answer = await publishRelease(client, { manifest, statement: signStatement(fact, key) }, abortable);
  return { ...answer, reference: `${publisher}/${name}@${version}`, digest: digestJson(manifest) };
}
