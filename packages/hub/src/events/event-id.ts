import { createHash } from 'node:crypto';
import type { Address } from '@callable/protocol';

/**
 * The name of something that is told: a UUID (version 8) of what it is. Whoever notices it again, also after the database
 * was lost, gives it the same one, so that no reader takes it for something new.
 */
export function eventId(hub: Address, ...what: readonly (string | number)[]): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify(['callable.event/v1', hub, ...what]))
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
