import { sign } from 'node:crypto';
import type { PrivateKey } from '@callable/protocol';
import { signingKeysOf } from './webhook-secrets.ts';

/** The headers of a message as Standard Webhooks has them, with both signatures; `seconds` is the time of this attempt. */
export function signMessage(
  key: PrivateKey,
  webhook: string,
  { id, seconds, body }: { id: string; seconds: number; body: string },
): Record<string, string> {
  const signed = Buffer.from(`${id}.${seconds}.${body}`);
  const keys = signingKeysOf(key, webhook);
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${keys.hmac(signed)} v1a,${sign(null, signed, keys.ed25519).toString('base64')}`,
  };
}
