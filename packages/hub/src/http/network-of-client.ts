import { clientAddressOf } from '@callable/http';
import { type NetworkKind, networkOf } from '@callable/protocol';
import type { FastifyRequest } from 'fastify';
import type { HubContext } from '../context.ts';

/** The network a request comes from, in the sense of its use: all who are counted or compared are known by this alone. */
export const networkOfClient = (
  { config }: Pick<HubContext, 'config'>,
  request: Pick<FastifyRequest, 'raw'>,
  kind: NetworkKind,
): string => networkOf(clientAddressOf(request.raw, config.trustedProxies), kind);
