import { encodeEntry, hashTree, readSubtreesFrom, toHex } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { ContradictionError } from './contradiction-error.ts';
import { hashBytes } from './directory/hash-bytes.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import { loadEdge } from './log-edge.ts';
import type { LogHead } from './log-head.ts';

/**
 * Whether the files make every one of these heads, and the statements end with the entries under the last. Throws a
 * ContradictionError when the statements are fewer, or end otherwise. False says nothing: a file may be damaged.
 */
export async function endAlike(
  ctx: Pick<HubContext, 'db' | 'tlog'>,
  heads: readonly LogHead[],
  last: LogHead,
): Promise<boolean> {
  const { directory } = ctx.tlog;
  const edge = await loadEdge(directory, last).catch(() => null);
  // Without an entry to compare with, which is one size of 256, all are compared.
  if (!edge || edge.bundle.length === 0) return false;
  const read = readSubtreesFrom(readLogFilesIn(directory), last.size, hashBytes);
  for (const { size, root } of heads) {
    const made = await hashTree(size, read, hashBytes).catch(() => null);
    if (!made || toHex(made) !== toHex(root)) return false;
  }
  const from = last.size - edge.bundle.length;
  const rows = await ctx.db
    .selectFrom('statement')
    .select(['seq', 'logged_at', 'content'])
    .where('seq', '>=', from)
    .where('seq', '<', last.size)
    .orderBy('seq')
    .execute();
  if (rows.length < edge.bundle.length) return false;
  const isEntry = ({ logged_at: loggedAt, content }: (typeof rows)[number], at: number) =>
    Buffer.compare(encodeEntry({ loggedAt, statement: readJson(content) }), edge.bundle[at] as never) === 0;
  if (!rows.every(isEntry))
    throw new ContradictionError(`The statements are not the ${last.size} that the signed head covers.`);
  return true;
}
