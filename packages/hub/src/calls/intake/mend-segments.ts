import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskError } from '@callable/disk';
import { type Address, ByteReader, batchBytes, CallableError, readBatch, walkSegment } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../../context.ts';
import type { Schema } from '../../db/schema.ts';
import { complain } from '../../outages/complain.ts';
import { isBackupFree } from './backup-turn.ts';
import { incoming, incomingPath } from './segment-files.ts';
import { takeSegment } from './take-segment.ts';

/** A file is written before its row can be seen: one that nobody names may be of a report that is being taken. */
const keptMs = 10 * 60_000;
const isSegmentName = (name: string) => /^[0-9a-f]{64}$/.test(name);

/** A round of what keeps segments in order: the first time what an end left behind, then what is not needed any more. */
export async function tendSegments(ctx: Context, memory: SegmentMemory, signal: AbortSignal): Promise<void> {
  memory.left ??= new Set(await listLeft(ctx));
  await mendSegments(ctx, memory.left, signal);
  await sweepSegments(ctx, memory.left);
}

type Context = Parameters<typeof takeSegment>[0] & Pick<HubContext, 'outages'>;

/** Files that an end left and that wait to be taken in; null before anybody looked. */
export type SegmentMemory = { left: Set<string> | null };

/**
 * What an end between file and database left. A file that the database does not know was
 * acknowledged to nobody, and its gateway may have ended too, so it is taken in as though it came now. One of another
 * content than its name is half of one, and goes. What an accident kept from being taken in, as a database that is away,
 * stays among those that are left, for the next round.
 */
async function mendSegments(ctx: Context, left: Set<string>, signal: AbortSignal): Promise<void> {
  let taken = 0;
  for (const name of [...left]) {
    signal.throwIfAborted();
    try {
      if (await mendSegment(ctx, name)) taken++;
      left.delete(name);
    } catch (error) {
      complain(ctx, error, 'a report of calls that an end left behind is not taken in yet', { segment: name });
    }
  }
  if (taken > 0) ctx.log.warn({ segments: taken }, 'reports of calls that an end left behind are taken in');
}

/** Whether any of it is filed. */
async function mendSegment(ctx: Context, name: string): Promise<boolean> {
  const bytes = await readFile(join(ctx.tlog.directory, incomingPath(name))).catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  });
  const isWhole = bytes !== null && createHash('sha256').update(bytes).digest('hex') === name;
  const gateway = isWhole ? gatewayOf(bytes) : null;
  if (!isWhole || gateway === null) return false;
  try {
    return (await takeSegment(ctx, gateway, { bytes, sha256: name })).filed > 0;
  } catch (error) {
    if (!(error instanceof CallableError) || !verdicts.includes(error.code)) throw error;
    ctx.log.warn({ err: error, segment: name }, 'a report of calls that an end left behind is refused');
    return false;
  }
}

/** What is said of a report; everything else that is thrown says nothing of it. */
const verdicts: readonly string[] = ['SignerNotAllowed', 'SegmentInvalid'];

/** Files that no row knows. */
async function listLeft(ctx: Context): Promise<string[]> {
  const names = (await listNames(join(ctx.tlog.directory, incoming))).filter(isSegmentName);
  const known = await findKnown(ctx, names);
  return names.filter((name) => !known.has(name));
}

/** Drops files of segments that stand under their statement, or that no row names, and rows that stand for nothing. */
async function sweepSegments(ctx: Pick<HubContext, 'db' | 'tlog' | 'clock'>, left: ReadonlySet<string>): Promise<void> {
  await ctx.db.transaction().execute(async (tx) => {
    // A backup reads the database first and the files after it, and the next round is in a minute.
    if (await isBackupFree(tx)) await sweepFiles(ctx, tx, left);
  });
  // No report as old would be taken again.
  await sql`delete from segment where file is null and batches = 0 and arrived_at < ${ctx.clock() - 48 * 3600_000}`.execute(
    ctx.db,
  );
}

async function sweepFiles(
  { tlog }: Pick<HubContext, 'tlog'>,
  tx: Transaction<Schema>,
  left: ReadonlySet<string>,
): Promise<void> {
  const directory = join(tlog.directory, incoming);
  const names = await listNames(directory);
  // After the listing: a segment is written before its row can be seen.
  const known = await findFiles(tx);
  for (const name of names) {
    if (known.has(incomingPath(name)) || left.has(name)) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => null);
    if (found && found.mtimeMs < Date.now() - keptMs) await rm(path, { force: true });
  }
}

/** To whom the batches were given; all in a segment were given to the gateway that reported it. */
function gatewayOf(segment: Uint8Array): Address | null {
  const [first] = walkSegment(segment) ?? [];
  const header = first && segment.subarray(first.at, first.at + batchBytes);
  return (header && readBatch(new ByteReader(header))?.gateway) ?? null;
}

/** Those of these names that a row has, as the hash of what came or of what was filed. */
async function findKnown(ctx: Pick<HubContext, 'db'>, names: readonly string[]): Promise<Set<string>> {
  const files = names.map(incomingPath);
  const { rows } = await sql<{ name: string }>`
    select id as name from segment where id = any(${names}::text[])
    union select filed from segment where filed is not null and file like 'incoming/%' and file = any(${files}::text[])
  `.execute(ctx.db);
  return new Set(rows.map(({ name }) => name));
}

const listNames = (directory: string): Promise<string[]> =>
  readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });

/** Files that a row still names as the place of its segment. */
async function findFiles(tx: Transaction<Schema>): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('segment')
    .select('file')
    // As the index has it.
    .where(sql<boolean>`file like 'incoming/%'`)
    .execute();
  return new Set(rows.flatMap(({ file }) => file ?? []));
}
