import type { IncomingMessage } from 'node:http';
import { CallableError } from '@callable/protocol';
import { mostBodyBytes, mostHeldBytes } from './proxy-settings.ts';

/** Bytes of bodies under way through one proxy. */
export type Held = { bytes: number };

/**
 * The whole body: a signature goes ahead of what it covers, so a call is passed on once its last byte is here. Whoever calls
 * this gives its length back. Throws BodyTooLarge, and GatewayHoldsTooMuch where all bodies together are more than is kept.
 */
export async function holdBody(request: IncomingMessage, held: Held): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    refuseAbove(Number(request.headers['content-length'] ?? 0));
    for await (const piece of request as AsyncIterable<Buffer>) {
      size += piece.length;
      held.bytes += piece.length;
      refuseAbove(size);
      if (held.bytes > mostHeldBytes)
        throw new CallableError(
          'GatewayHoldsTooMuch',
          'Calls under way hold all the memory this proxy keeps for bodies.',
          {
            details: { retryAfterSeconds: 1 },
          },
        );
      pieces.push(piece);
    }
    return Buffer.concat(pieces, size);
  } catch (error) {
    held.bytes -= size;
    throw error;
  }
}

function refuseAbove(bytes: number): void {
  if (bytes > mostBodyBytes)
    throw new CallableError(
      'BodyTooLarge',
      `callable proxy holds a body to sign it, and takes ${mostBodyBytes.toLocaleString('en')} bytes at most.`,
    );
}
