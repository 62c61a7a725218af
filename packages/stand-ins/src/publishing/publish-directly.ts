import { digestJson } from '@callable/protocol';
import { publishRelease } from '@callable/sdk';
import type { Release } from '../releases/release.ts';
import type { User } from './create-user.ts';
import { sendBytes } from './send-bytes.ts';
import { signPublish } from './sign-publish.ts';

/**
 * Publishes straight through the API, as a stranger's own tool would: nothing looks into the model before the nodes
 * do. Resolves with what the hub acknowledged.
 */
export async function publishDirectly({ client }: User, { manifest, files }: Release, signal?: AbortSignal) {
  const abortable = signal ? { signal } : {};
  await sendBytes(client, files, abortable);
  const answer = await publishRelease(client, { manifest, statement: signPublish(client, manifest) }, abortable);
  const { publisher, name, version } = manifest;
  return { ...answer, reference: `${publisher}/${name}@${version}`, digest: digestJson(manifest) };
}
