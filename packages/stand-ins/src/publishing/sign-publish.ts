import { digestJson, type Manifest, type PrivateKey, signStatement } from '@callable/protocol';

/** The statement that publishes this manifest. */
export function signPublish(key: PrivateKey, manifest: Manifest, issuedAt = Date.now()) {
  const { publisher, name, version } = manifest;
  return signStatement(
    { kind: 'release.published', subject: digestJson(manifest), body: { publisher, name, version }, issuedAt },
    key,
  );
}
