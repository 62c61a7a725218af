import { createHash } from 'node:crypto';
import { type Address, hashTree, type LogEntry, readSubtreesFrom, type StatementBody, toHex } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { checked, type Finding, failed, unchecked } from './finding.ts';
import type { LogSource } from './open-log-source.ts';
import { recallCheckpoint } from './remembered-checkpoint.ts';

export type Continuation = StatementBody<'log.continued'>;

/** What an entry says of a log before this one; null unless it is this hub's word. */
export const continuationOf = ({ statement }: LogEntry, hub: Address): Continuation | null =>
  statement.kind === 'log.continued' && statement.signer === hub ? (statement.body as Continuation) : null;

/** A log that took the place of another: what was lost between them, and whether it begins with what was seen of that. */
export async function judgeContinuation(
  context: Pick<CliContext, 'env' | 'cwd'>,
  { read }: Pick<LogSource, 'read'>,
  size: number,
  { ended, kept, lost }: Continuation,
): Promise<Finding> {
  const what = 'log before';
  const told = `It takes the place of ${ended.origin}, which ended at ${ended.size} entries, ${lost} of them lost`;
  const before = await recallCheckpoint(context, ended.origin);
  if (!before) return unchecked(what, `${told}; nothing is remembered of that log.`);
  if (before.size > ended.size)
    return failed(what, `${told}, but a checkpoint of it over ${before.size} entries is remembered.`);
  if (before.size > kept)
    return unchecked(what, `${told}: also of the ${before.size} remembered from before, for ${kept} are kept.`);
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  const root = await hashTree(before.size, readSubtreesFrom(read, size, hash), hash).catch(() => null);
  return root && toHex(root) === before.root
    ? checked(what, `${told}. It begins with the ${before.size} entries remembered of that log.`)
    : failed(what, `${told}, but it does not begin with the ${before.size} entries remembered of that log.`);
}
