import type { PrivateKey } from '@callable/protocol';
import { type Client, publishRelease } from '@callable/sdk';
import { manifestOf } from './manifest-of.ts';
import { sendBytes } from './send-bytes.ts';
import { signPublish } from './sign-publish.ts';

/** Uploads these bytes and publishes them as a release of the client's key. */
export async function publishBytes(client: Client, bytes: Uint8Array, fields: Record<string, unknown> = {}) {
  const key = client.key as PrivateKey;
  const manifest = manifestOf(key, bytes, fields);
  await sendBytes(client, bytes);
  return publishRelease(client, { manifest, statement: signPublish(client, manifest, client.clock()) });
}
