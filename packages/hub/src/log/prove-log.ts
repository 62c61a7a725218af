import {
  CallableError,
  type LogProof,
  proveConsistency,
  proveInclusion,
  readSubtreesFrom,
  toHex,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { hashBytes } from './directory/hash-bytes.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import { readPublished } from './log-head.ts';

/**
 * Proves to the published checkpoint that it holds an entry, or that it continues the one of size `from`. A
 * convenience: whoever reads the tiles makes the same proof.
 */
export async function proveLog(
  ctx: Pick<HubContext, 'tlog'>,
  { index, from }: { index?: number; from?: number },
): Promise<LogProof> {
  const published = await readPublished(ctx);
  if (!published) throw new CallableError('NotReady', 'The log has no checkpoint yet.');
  if ((index === undefined) === (from === undefined))
    throw new CallableError('RequestInvalid', 'Ask for either index or from.');
  const { size, note } = published;
  if ((index ?? 0) >= size || (from ?? 0) > size)
    throw new CallableError('RequestInvalid', `The published checkpoint covers ${size} entries.`);
  const read = readSubtreesFrom(readLogFilesIn(ctx.tlog.directory), size, hashBytes);
  const path =
    index === undefined
      ? await proveConsistency(from ?? 0, size, read, hashBytes)
      : await proveInclusion(index, size, read, hashBytes);
  return { path: path.map(toHex), checkpoint: note };
}
