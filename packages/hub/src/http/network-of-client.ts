import { clientAddressOf, type TrustedProxies } from '@callable/http';
import { type NetworkKind, networkOf } from '@callable/protocol';
import type { FastifyRequest } from 'fastify';

/** The network a request comes from, in the sense of its use: all who are counted or compared are known by this alone. */
export const networkOfClient = (
  { config }: { config: { trustedProxies: TrustedProxies } },
  request: Pick<FastifyRequest, 'raw'>,
  kind: NetworkKind,
): string => networkOf(clientAddressOf(request.raw, config.trustedProxies), kind);
