import { Readable } from 'node:stream';
import { clientAddressOf, readBody } from '@callable/http';
import { CallableError, requestBodyMs } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerLeft } from '../admission/caller-left.ts';
import type { GatewayContext } from '../context.ts';

const noBody = new Uint8Array();

/**
 * The body of a call, counted in the budget of bodies as it arrives and until the call ends: by what came, not by what
 * was declared, which costs its sender nothing.
 * Throws BodyTooLarge, BodySilent, NetworkHoldsTooMuch, GatewayHoldsTooMuch, and CallerLeft.
 */
export async function holdBody(
  { bodies, config }: Pick<GatewayContext, 'bodies' | 'config'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Uint8Array> {
  if (!(request.body instanceof Readable)) return noBody;
  const share = bodies.open(clientAddressOf(request.raw, config.trustedProxies));
  reply.raw.once('close', share.close);
  let size = 0;
  try {
    return await readBody(request.body, {
      reserve(arrived, kept) {
        size += arrived;
        if (size > config.bodyBytes) return new CallableError('BodyTooLarge');
        const passed = share.take(kept);
        return passed && heldTooMuch(passed);
      },
      idleMs: config.bodyIdleMs,
      longestMs: requestBodyMs,
      silence: () => new CallableError('BodySilent'),
      left: () => new CallerLeft(),
      dropBytes: config.bodyBytes,
      declaredBytes: Math.min(config.bodyBytes, Number(request.raw.headers['content-length'] ?? 0)),
    });
  } catch (error) {
    share.close();
    throw error;
  }
}

const heldTooMuch = (passed: 'network' | 'all') =>
  new CallableError(passed === 'network' ? 'NetworkHoldsTooMuch' : 'GatewayHoldsTooMuch', undefined, {
    details: { retryAfterSeconds: 1 },
  });
