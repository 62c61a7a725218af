import { createHmac, randomUUID } from 'node:crypto';

/**
 * A token for one PUT to a publisher started with `--jwt-decode-secret`: HS256, valid for `lifeSeconds`, for a blob of
 * at most this size and so many epochs. A publisher takes each once, so every attempt needs its own.
 */
export function mintPublisherToken(
  secret: Uint8Array,
  blob: { size: number; epochs: number },
  { nowMs, lifeSeconds = 600 }: { nowMs: number; lifeSeconds?: number },
): string {
  const iat = Math.floor(nowMs / 1000);
  const claims = { jti: randomUUID(), iat, exp: iat + lifeSeconds, max_size: blob.size, max_epochs: blob.epochs };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
