import { holdBody } from '@callable/http';
import { CallerLeft } from '../admission/caller-left.ts';
import type { GatewayContext } from '../context.ts';
import type { CallRequest } from './call-request.ts';

/**
 * The body of a call, counted in the budget of bodies as it arrives and until the call ends.
 * Throws, or rejects with, BodyTooLarge, BodySilent, NetworkHoldsTooMuch, GatewayHoldsTooMuch, and CallerLeft.
 */
export function holdCallBody(
  { bodies, config }: Pick<GatewayContext, 'bodies' | 'config'>,
  { body, remote, headers, whenOver }: Pick<CallRequest, 'body' | 'remote' | 'headers' | 'whenOver'>,
): Uint8Array | Promise<Uint8Array> {
  const share = bodies.open(remote);
  whenOver(share.close);
  const { bodyBytes, bodyIdleMs: idleMs } = config;
  const declaredBytes = Number(headers['content-length'] ?? 0);
  const left = () => new CallerLeft();
  return holdBody(body, { share, bodyBytes, declaredBytes, idleMs, left, full: 'GatewayHoldsTooMuch' });
}
