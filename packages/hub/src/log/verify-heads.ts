import { GrowingTree, toHex } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { ContradictionError } from './contradiction-error.ts';
import { hashBytes } from './directory/hash-bytes.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';
import { type LogFile, writeFiles } from './directory/write-files.ts';
import { endAlike } from './end-alike.ts';
import { findRollback, resumeSigning } from './end-signing.ts';
import { findKnownHeads } from './find-known-heads.ts';
import { appendEntry, partialFiles } from './grow-log.ts';
import type { LogEdge } from './log-edge.ts';
import { type LogHead, saveHead } from './log-head.ts';
import { mendBatches } from './mend-batches.ts';

/** What is left to compare while the log goes on; throws a ContradictionError too. */
export type VerifyRest = () => Promise<void>;

/**
 * Compares every head this hub has signed, wherever it is remembered, with the statements, and mends files of the log
 * that are missing or damaged. Throws a ContradictionError when the statements are fewer or others, as after the restore
 * of an old backup.
 *
 * When the files alone make all heads, and the statements end as the last one does, the log may grow on them at once:
 * whatever is signed next continues what was signed before. Reading all statements (30 to 40 s a million) is then left
 * to the caller.
 */
export async function verifyHeads(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'log' | 'config' | 'calls'>,
  signal: AbortSignal,
): Promise<VerifyRest | null> {
  const { decided, heads, last } = await findKnownHeads(ctx);
  const isEnded = (await findRollback(ctx)) !== null;
  if (!last) {
    if (isEnded) await resumeSigning(ctx);
    return null;
  }
  const rest = () => compareAll(ctx, heads, last.size, signal);
  // What ended all signing once is over only when every statement has been compared.
  const mayGrow = !isEnded && (await endAlike(ctx, heads, last));
  if (!mayGrow) await rest();
  // A signed head that the database has forgotten, with all its statements still there.
  if (!decided || decided.size < last.size)
    await ctx.db.transaction().execute((tx) => saveHead(tx, ctx.tlog.key.name, last, decided));
  if (isEnded) await resumeSigning(ctx);
  return mayGrow ? rest : null;
}

async function compareAll(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'log' | 'calls'>,
  heads: readonly LogHead[],
  size: number,
  signal: AbortSignal,
): Promise<void> {
  const damaged = await compare(ctx, heads, size, signal);
  if (damaged.size > 0) {
    ctx.log.warn({ files: damaged.size }, 'files of the log were missing or damaged and are written again');
    for await (const { files } of replay(ctx, size, signal))
      await writeFiles(
        ctx.tlog.directory,
        files.filter(({ path }) => damaged.has(path)),
      );
  }
  await mendBatches(ctx, size, signal);
}

/** The paths of the files that are not what the statements make of them. */
async function compare(
  ctx: Pick<HubContext, 'db' | 'tlog'>,
  heads: readonly LogHead[],
  size: number,
  signal: AbortSignal,
): Promise<Set<string>> {
  const readFile = readLogFilesIn(ctx.tlog.directory);
  const damaged = new Set<string>();
  const expected = new Map(heads.map((head) => [head.size, head]));
  for (const head of heads)
    if (toHex(expected.get(head.size)?.root ?? head.root) !== toHex(head.root))
      throw new ContradictionError(`Two heads over ${head.size} entries are remembered.`);
  for await (const { tree, files } of replay(ctx, size, signal, [...expected.keys()])) {
    const head = expected.get(tree.size);
    if (head && toHex(await tree.root()) !== toHex(head.root))
      throw new ContradictionError(`The statements are not the ${head.size} that the signed head covers.`);
    for (const { path, bytes } of files)
      if (Buffer.compare((await readFile(path)) ?? Buffer.of(), bytes) !== 0) damaged.add(path);
  }
  return damaged;
}

/** The log made anew from the statements: its tree and files after each full bundle, at these sizes and at the end. */
async function* replay(
  ctx: Pick<HubContext, 'db'>,
  size: number,
  signal: AbortSignal,
  sizes: readonly number[] = [],
): AsyncGenerator<{ tree: GrowingTree; files: LogFile[] }> {
  const edge: LogEdge = { tree: new GrowingTree(hashBytes), bundle: [] };
  while (edge.tree.size < size) {
    signal.throwIfAborted();
    const rows = await ctx.db
      .selectFrom('statement')
      .select(['seq', 'logged_at', 'content'])
      .where('seq', '>=', edge.tree.size)
      .orderBy('seq')
      .limit(Math.min(1024, size - edge.tree.size))
      .execute();
    for (const row of rows) {
      if (row.seq !== edge.tree.size) throw new ContradictionError(`The statement ${edge.tree.size} is missing.`);
      const files = appendEntry(edge, row);
      if (edge.tree.size === size) files.push(...partialFiles(edge, 0));
      if (files.length > 0 || sizes.includes(edge.tree.size)) yield { tree: edge.tree, files };
    }
    if (rows.length === 0)
      throw new ContradictionError(`There are ${edge.tree.size} statements, but a head over ${size} is signed.`);
  }
}
