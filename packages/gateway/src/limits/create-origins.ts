import { hash } from 'node:crypto';
import { toHex } from '@callable/protocol';

/**
 * What nodes hear of a caller's network: one word each, of this gateway until it ends. A node needs to know which calls
 * share a turn, and nobody's address; without a secret it would try all addresses there are.
 */
export function createOrigins(random: (length: number) => Uint8Array): (network: string) => string {
  const secret = toHex(random(32));
  return (network) => hash('sha256', `${secret} ${network}`, 'hex').slice(0, 32);
}
