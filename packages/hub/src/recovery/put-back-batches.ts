import { hashTree, type LogEntry, readSubtreesOfLeaves, type StatementBody, toHex } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { writeFiles } from '../log/directory/write-files.ts';
import { hashBytes } from '../log/hash-bytes.ts';
import { cut } from '../log/mend-batches.ts';
import { batchPath } from '../log/write-batch-files.ts';
import type { LogSource } from './log-source.ts';

/** Brings the leaves of recovered batches of receipts from a source whose leaves make the root the log names. */
export async function putBackBatches(
  ctx: Pick<HubContext, 'tlog'>,
  sources: readonly LogSource[],
  entries: ReadonlyMap<number, LogEntry>,
): Promise<void> {
  for (const [seq, { statement }] of entries) {
    if (statement.kind !== 'receipts.batched') continue;
    const { root } = statement.body as StatementBody<'receipts.batched'>;
    for (const { read } of sources) {
      const bytes = await read(batchPath(seq)).catch(() => null);
      const leaves = bytes ? cut(bytes) : [];
      if (!bytes || toHex(await hashTree(leaves.length, readSubtreesOfLeaves(leaves, hashBytes), hashBytes)) !== root)
        continue;
      await writeFiles(ctx.tlog.directory, [{ path: batchPath(seq), bytes }]);
      break;
    }
  }
}
