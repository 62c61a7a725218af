import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import type { PrivateKey } from '@callable/protocol';

/**
 * All secrets of webhooks are made from the key of the hub, which is a file, and the id of the webhook. The database holds
 * none: a copy of it, or a backup without the key, signs nothing and shows no address.
 */
const derive = (key: PrivateKey, purpose: string, id: string) =>
  Buffer.from(hkdfSync('sha256', key, id, `callable.webhook/v1 ${purpose}`, 32));

/** The secret of the signatures `v1`, as its owner is shown it once. */
export const secretOf = (key: PrivateKey, id: string): string =>
  `whsec_${derive(key, 'secret', id).toString('base64')}`;

/** What an endpoint repeats to show that whoever runs it wants to be told. */
export const challengeOf = (key: PrivateKey, id: string): string => derive(key, 'challenge', id).toString('base64url');

/** DER before the 32 bytes of a private key of Ed25519 (RFC 8410). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Of each webhook its own, so that what one receiver got proves nothing to another. */
const signingKeyOf = (key: PrivateKey, id: string): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8, derive(key, 'ed25519', id)]), format: 'der', type: 'pkcs8' });

export const publicKeyOf = (key: PrivateKey, id: string): string =>
  `whpk_${createPublicKey(signingKeyOf(key, id)).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`;

export const signingKeysOf = (key: PrivateKey, id: string) => ({
  hmac: (text: Uint8Array) =>
    createHmac('sha256', derive(key, 'secret', id))
      .update(text)
      .digest('base64'),
  ed25519: signingKeyOf(key, id),
});

export function sealUrl(key: PrivateKey, id: string, url: string): string {
  // Of every webhook another key, used for this one text.
  const cipher = createCipheriv('aes-256-gcm', derive(key, 'url', id), Buffer.alloc(12));
  return Buffer.concat([cipher.update(url, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

export function openUrl(key: PrivateKey, id: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', derive(key, 'url', id), Buffer.alloc(12));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
}
