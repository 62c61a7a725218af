import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Address, ByteReader, batchBytes, readBatch, walkSegment } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../../context.ts';
import { incoming, incomingPath } from './segment-files.ts';
import { takeSegment } from './take-segment.ts';

/** A backup reads the database first and the files after it: what was filed under its statement stays that much longer. */
const keptMs = 10 * 60_000;
const isSegmentName = (name: string) => /^[0-9a-f]{64}$/.test(name);

/** A round of what keeps segments in order: the first time what an end left behind, then what is not needed any more. */
export async function tendSegments(
  ctx: Parameters<typeof takeSegment>[0],
  memory: { isMended: boolean },
  signal: AbortSignal,
): Promise<void> {
  if (!memory.isMended) await mendSegments(ctx, signal);
  memory.isMended = true;
  await sweepSegments(ctx);
}

/**
 * What an end between file and database left. A file that the database does not know was
 * acknowledged to nobody, and its gateway may have ended too, so it is taken in as though it came now. One of another
 * content than its name is half of one, and goes. What was filed and is not there any more is said.
 */
async function mendSegments(ctx: Parameters<typeof takeSegment>[0], signal: AbortSignal): Promise<void> {
  const directory = join(ctx.tlog.directory, incoming);
  const names = (await listNames(directory)).filter(isSegmentName);
  const known = await findKnown(ctx, names);
  let taken = 0;
  for (const name of names) {
    signal.throwIfAborted();
    if (known.has(name)) continue;
    const bytes = await readFile(join(directory, name));
    const isWhole = createHash('sha256').update(bytes).digest('hex') === name;
    const gateway = isWhole ? gatewayOf(bytes) : null;
    if (gateway !== null) {
      const { filed } = await takeSegment(ctx, gateway, { bytes, sha256: name }).catch((error: unknown) => {
        ctx.log.warn({ err: error, segment: name }, 'a report of calls that an end left behind is not taken');
        return { filed: 0 };
      });
      if (filed > 0) taken++;
    }
  }
  if (taken > 0) ctx.log.warn({ segments: taken }, 'reports of calls that an end left behind are taken in');
}

/** Drops files of segments that stand under their statement, or that no row names, and rows that stand for nothing. */
export async function sweepSegments(ctx: Pick<HubContext, 'db' | 'tlog' | 'clock'>): Promise<void> {
  const directory = join(ctx.tlog.directory, incoming);
  const names = await listNames(directory);
  // After the listing: a segment is written before its row can be seen.
  const known = await findFiles(ctx);
  for (const name of names) {
    if (known.has(`${incoming}/${name}`)) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => null);
    if (found && found.mtimeMs < Date.now() - keptMs) await rm(path, { force: true });
  }
  // No report as old would be taken again.
  await sql`delete from segment where file is null and batches = 0 and arrived_at < ${ctx.clock() - 48 * 3600_000}`.execute(
    ctx.db,
  );
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
async function findFiles(ctx: Pick<HubContext, 'db'>): Promise<Set<string>> {
  const rows = await ctx.db
    .selectFrom('segment')
    .select('file')
    // As the index has it.
    .where(sql<boolean>`file like 'incoming/%'`)
    .execute();
  return new Set(rows.flatMap(({ file }) => file ?? []));
}
