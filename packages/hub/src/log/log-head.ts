import { type Checkpoint, fromHex, type NoteKey, openCheckpoint, toHex } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { readLogFilesIn, readOrNull } from './directory/read-log-file.ts';

/** A head this log has decided: at most one for every size, for ever. */
export type LogHead = { size: number; root: Uint8Array; note: string };

const writerLock = 0x0ca11109;

/** Whether this transaction is the log's one writer among all hub processes on the database. It never waits. */
export async function tryWriterLock(tx: Transaction<Schema>): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(${writerLock}) taken`.execute(tx);
  return rows[0]?.taken === true;
}

/** The last decided head of the log of this name, locked until the transaction ends; null before the first. */
export async function readHead(tx: Transaction<Schema>, origin: string): Promise<LogHead | null> {
  const row = await tx.selectFrom('log_head').selectAll().where('origin', '=', origin).forUpdate().executeTakeFirst();
  return row ? { size: row.size, root: fromHex(row.root) ?? new Uint8Array(), note: row.note } : null;
}

/** The same for whoever only looks: it waits for nobody. */
export async function peekHead(db: HubContext['db'], origin: string): Promise<Pick<LogHead, 'size'> | null> {
  const row = await db.selectFrom('log_head').select('size').where('origin', '=', origin).executeTakeFirst();
  return row ?? null;
}

/** Decides a head. The old one must be `before`: whoever lost the lock without noticing changes nothing. */
export async function saveHead(
  tx: Transaction<Schema>,
  origin: string,
  head: LogHead,
  before: LogHead | null,
): Promise<void> {
  const row = { size: head.size, root: toHex(head.root), note: head.note };
  const saved = before
    ? await tx
        .updateTable('log_head')
        .set(row)
        .where('origin', '=', origin)
        .where('size', '=', before.size)
        .where('root', '=', toHex(before.root))
        .executeTakeFirst()
        .then(({ numUpdatedRows }) => numUpdatedRows)
    : await tx
        .insertInto('log_head')
        .values({ origin, ...row })
        .executeTakeFirst()
        .then(({ numInsertedOrUpdatedRows }) => numInsertedOrUpdatedRows);
  if (saved !== 1n) throw new Error('Another process has decided the head of the log meanwhile.');
}

type Opened = Checkpoint & { note: string };

/** What was read last: several times a second it is the same, and its signature costs milliseconds to check. */
const lastPublished = new WeakMap<NoteKey, Opened>();

/** The checkpoint that is published, or null. */
export async function readPublished(ctx: Pick<HubContext, 'tlog'>): Promise<Opened | null> {
  const bytes = await readLogFilesIn(ctx.tlog.directory)('checkpoint');
  const last = lastPublished.get(ctx.tlog.key);
  if (last && bytes && new TextDecoder().decode(bytes) === last.note) return last;
  const published = openOwn(ctx, bytes, 'The published checkpoint');
  if (published) lastPublished.set(ctx.tlog.key, published);
  return published;
}

/** The last head that was signed, by the file beside the database, or null. */
export const readSigned = (ctx: Pick<HubContext, 'tlog'>): Promise<Opened | null> =>
  readOrNull(ctx.tlog.headFile).then((bytes) => openOwn(ctx, bytes, 'The last signed head'));

/** A later head than this hub held when somebody brought it, or null. */
export const readLater = (ctx: Pick<HubContext, 'tlog'>): Promise<Opened | null> =>
  // Of a log that was given up it says nothing about the next.
  readOrNull(ctx.tlog.laterFile)
    .then((bytes) => openOwn(ctx, bytes, 'The later head'))
    .catch(ignoreForeign);

const ignoreForeign = (error: unknown): null => {
  if (error instanceof ForeignLogError) return null;
  throw error;
};

function openOwn(ctx: Pick<HubContext, 'tlog'>, bytes: Uint8Array | null, what: string): Opened | null {
  if (!bytes) return null;
  const note = new TextDecoder().decode(bytes);
  const opened = openCheckpoint(note, ctx.tlog.key);
  if (!opened.ok) throw new ForeignLogError(`${what} in ${ctx.tlog.directory} is not by ${ctx.tlog.vkey}.`);
  return { ...opened.checkpoint, note };
}

/** Files of another log, or of this one under another key, stand where this log would be written. */
export class ForeignLogError extends Error {}
