import { digestJson, type Manifest } from '@callable/protocol';
import type { Client } from '@callable/sdk';
import { signForHub } from './sign-for-hub.ts';

/** The statement that publishes this manifest at the hub of this client. */
export function signPublish(client: Client, manifest: Manifest, issuedAt = Date.now()) {
  const { publisher, name, version } = manifest;
  const body = { publisher, name, version };
  return signForHub(client, { kind: 'release.published', subject: digestJson(manifest), body, issuedAt });
}
