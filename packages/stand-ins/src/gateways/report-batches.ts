import { createHash } from 'node:crypto';
import {
  addressOf,
  type BatchOfCalls,
  encodeSegment,
  type FailedCalls,
  type PrivateKey,
  type SegmentTaken,
} from '@callable/protocol';
import { type Client, sendSegment } from '@callable/sdk';
import { type PlayedCall, playBatches } from '../receipts/play-batches.ts';

/** Reports these batches as the gateway whose key the client has. */
export function reportBatches(
  client: Client,
  batches: readonly BatchOfCalls[],
  failures: readonly FailedCalls[] = [],
): Promise<SegmentTaken> {
  const bytes = encodeSegment({ failures, batches }, { key: client.key as PrivateKey, issuedAt: Date.now() });
  return sendSegment(client, bytes, { sha256: createHash('sha256').update(bytes).digest('hex') });
}

/** Reports one call that a node answered, in a session of its own unless one is named. */
export const reportCall = (
  client: Client,
  node: PrivateKey,
  call: PlayedCall,
  session: { session?: string; next?: number } = {},
): Promise<SegmentTaken> =>
  reportBatches(client, [playBatches(node, addressOf(client.key as PrivateKey), session).batch([call])]);
