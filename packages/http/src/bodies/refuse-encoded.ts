import { CallableError } from '@callable/protocol';
import type { FastifyRequest } from 'fastify';

/**
 * Throws MediaTypeUnsupported for a compressed body. None is inflated: what it would take is only known afterwards, and a
 * signature is over the bytes as they are sent.
 */
export function refuseEncoded({ headers }: Pick<FastifyRequest, 'headers'>): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new CallableError(
    'MediaTypeUnsupported',
    `A body encoded as ${JSON.stringify(encoding.slice(0, 60))} is not read here: send it as it is, without Content-Encoding.`,
  );
}
