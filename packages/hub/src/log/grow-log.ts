import {
  bundlePath,
  changedTiles,
  encodeBundle,
  encodeEntry,
  formatCheckpoint,
  formatNote,
  hashLeaf,
  signNote,
  tilePath,
  tileWidth,
  toHex,
} from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema, StatementTable } from '../db/schema.ts';
import { hashBytes } from './directory/hash-bytes.ts';
import { type LogFile, writeFiles } from './directory/write-files.ts';
import { type LogEdge, loadEdge } from './log-edge.ts';
import { type LogHead, readHead, saveHead, tryWriterLock } from './log-head.ts';
import { writeBatchFiles } from './write-batch-files.ts';

/** Statements that enter the log at once. */
export const entriesPerHead = 4096;

/** What one process remembers between two rounds; null makes it read the files again. */
export type EdgeMemory = { edge: LogEdge | null };

/**
 * Takes the statements beyond the last head into the log: their tiles and bundles are on disk before the transaction
 * that decides the new head commits, and nothing is signed for anybody before that commit. Returns how many it took: none
 * when another process is at it.
 */
export async function growLog(ctx: Pick<HubContext, 'db' | 'tlog' | 'log'>, memory: EdgeMemory): Promise<number> {
  try {
    return await ctx.db.transaction().execute(async (tx) => {
      if (!(await tryWriterLock(tx))) return 0;
      const head = await readHead(tx, ctx.tlog.key.name);
      const edge = await edgeAt(ctx, memory, head);
      const rows = await readStatements(tx, edge.tree.size);
      if (rows.length === 0) return 0;
      const files = rows.flatMap((row) => appendEntry(edge, row));
      await writeFiles(ctx.tlog.directory, [...files, ...partialFiles(edge, head?.size ?? 0)]);
      await writeBatchFiles(ctx, tx, rows);
      await saveHead(tx, ctx.tlog.key.name, await signHead(ctx, edge), head);
      return rows.length;
    });
  } catch (error) {
    // It may hold leaves that no head covers.
    memory.edge = null;
    throw error;
  }
}

async function edgeAt(ctx: Pick<HubContext, 'tlog'>, memory: EdgeMemory, head: LogHead | null): Promise<LogEdge> {
  const known = memory.edge;
  // Another process may have moved the head.
  const isCurrent =
    known && known.tree.size === (head?.size ?? 0) && (!head || toHex(await known.tree.root()) === toHex(head.root));
  memory.edge = isCurrent ? known : await loadEdge(ctx.tlog.directory, head);
  return memory.edge;
}

type StatementRow = Pick<StatementTable, 'seq' | 'kind' | 'logged_at' | 'content'>;

async function readStatements(tx: Transaction<Schema>, size: number): Promise<StatementRow[]> {
  const rows = await tx
    .selectFrom('statement')
    .select(['seq', 'kind', 'logged_at', 'content'])
    .where('seq', '>=', size)
    .orderBy('seq')
    .limit(entriesPerHead)
    .execute();
  if (rows.some((row, i) => row.seq !== size + i)) throw new Error(`The statements after ${size} have a gap.`);
  return rows;
}

/** Appends one entry; returns the files that became full by it. */
export function appendEntry(edge: LogEdge, row: Pick<StatementTable, 'logged_at' | 'content'>): LogFile[] {
  const entry = encodeEntry({ loggedAt: row.logged_at, statement: readJson(row.content) });
  edge.tree.append(hashLeaf(entry, hashBytes));
  edge.bundle.push(entry);
  if (edge.bundle.length < tileWidth) return [];
  const index = edge.tree.size / tileWidth - 1;
  const files = [{ path: bundlePath({ index, width: tileWidth }), bytes: encodeBundle(edge.bundle) }];
  edge.bundle.length = 0;
  return [...files, ...edge.tree.takeFinished().map(({ tile, bytes }) => ({ path: tilePath(tile), bytes }))];
}

/** The files that are not full yet, as a head here needs them; those a head at `before` needed too are left out. */
export function partialFiles({ tree, bundle }: LogEdge, before: number): LogFile[] {
  const changed = new Set(changedTiles(before, tree.size).map(tilePath));
  const tiles = tree.partialTiles().map(({ tile, bytes }) => ({ path: tilePath(tile), bytes }));
  const index = Math.floor(tree.size / tileWidth);
  const entries = { path: bundlePath({ index, width: bundle.length }), bytes: encodeBundle(bundle) };
  return [...tiles.filter(({ path }) => changed.has(path)), ...(bundle.length > 0 ? [entries] : [])];
}

/** The signed head of the log as it stands. */
export async function signHead(ctx: Pick<HubContext, 'tlog'>, { tree }: LogEdge): Promise<LogHead> {
  const root = await tree.root();
  const text = formatCheckpoint({ origin: ctx.tlog.key.name, size: tree.size, root });
  const signature = signNote(text, { name: ctx.tlog.key.name, secret: ctx.tlog.secret });
  return { size: tree.size, root, note: formatNote({ text, signatures: [signature] }) };
}
