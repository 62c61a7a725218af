import { createHash } from 'node:crypto';
import { holdBody, holdWhole } from '@callable/http';
import { CallerLeft } from '../admission/caller-left.ts';
import type { GatewayContext } from '../context.ts';
import type { CallRequest } from './call-request.ts';

/** `bodyHash` is its sha256, of one that was hashed as it arrived. */
export type HeldBody = { body: Uint8Array; bodyHash?: Uint8Array };

/**
 * The body of a call, counted in the budget of bodies as it arrives and until the call ends. One that comes in pieces is hashed on
 * the way: 3 MB at once kept all other calls waiting for 2 ms.
 * Throws, or rejects with, BodyTooLarge, BodySilent, NetworkHoldsTooMuch, GatewayHoldsTooMuch, and CallerLeft.
 */
export function holdCallBody(
  { bodies, config }: Pick<GatewayContext, 'bodies' | 'config'>,
  { body, remote, headers, whenOver }: Pick<CallRequest, 'body' | 'remote' | 'headers' | 'whenOver'>,
): HeldBody | Promise<HeldBody> {
  const share = bodies.open(remote);
  whenOver(share.close);
  const { bodyBytes, bodyIdleMs: idleMs } = config;
  const declaredBytes = Number(headers['content-length'] ?? 0);
  const left = () => new CallerLeft();
  const bounds = { share, bodyBytes, declaredBytes, idleMs, left, full: 'GatewayHoldsTooMuch' } as const;
  if (body instanceof Uint8Array) return { body: holdWhole(body, bounds) };
  const hash = createHash('sha256');
  const feed = (piece: Buffer) => void hash.update(piece);
  body.on('data', feed);
  return holdBody(body, bounds)
    .finally(() => body.off('data', feed))
    .then((whole) => ({ body: whole, bodyHash: hash.digest() }));
}
