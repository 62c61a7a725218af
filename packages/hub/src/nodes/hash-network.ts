import { createHmac } from 'node:crypto';
import { unknownNetwork } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/**
 * What the log and gateways are told of a network: a keyed hash, so that they can tell networks apart and nobody finds an
 * address by trying all. The key is the hub's own, so a hub put back from a backup says the same. Null for the unknown one.
 */
export function hashNetwork({ key }: Pick<HubContext, 'key'>, network: string | null): string | null {
  if (network === null || network === unknownNetwork) return null;
  return createHmac('sha256', key).update('callable.network/v1\0').update(network).digest('hex').slice(0, 32);
}
