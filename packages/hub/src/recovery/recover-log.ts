import { type Digest, type LogEntry, openCheckpoint, toHex } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { refoldLog } from '../fold/refold-log.ts';
import { findKnownHeads } from '../log/find-known-heads.ts';
import { findLogFile } from '../log/find-log-file.ts';
import type { LogHead } from '../log/log-head.ts';
import { verifyHeads } from '../log/verify-heads.ts';
import { assembleLog } from './assemble-log.ts';
import { type EndedLog, giveUpLog } from './give-up-log.ts';
import type { LogSource } from './log-source.ts';
import { putBack } from './put-back.ts';
import { bringLostBatches, putBackBatches } from './put-back-batches.ts';
import { putBackReleases } from './put-back-releases.ts';

export type Recovery = {
  /** Entries of the last head this hub signed, as far as anybody here knows. */
  size: number;
  /** Entries that were missing or others, and are here again. */
  recovered: number;
  /** Statements taken in since the copy was put back, which stand behind them now. */
  moved: number;
  /** Releases whose manifest came back; and those that their publishers must publish again. */
  releases: { brought: Digest[]; missing: Digest[] };
  /** The log that was ended because not all of it came back; null when all of it did. */
  ended: EndedLog | null;
};

/** `ok: false` changes nothing. */
export type RecoveryVerdict = { ok: true; recovery: Recovery } | { ok: false; size: number; why: string[] };

/**
 * Brings the log back up to the last head this hub signed, from its own files and the sources, and lets it sign again.
 * What is brought is verified against that head; whether a source lies or not, it can only fail. With `giveUp` what does
 * not come back is left, and another log, which says so, takes the place of this one. No hub may run meanwhile.
 */
export async function recoverLog(
  ctx: HubContext,
  given: readonly LogSource[],
  { giveUp, signal }: { giveUp: boolean; signal: AbortSignal },
): Promise<RecoveryVerdict> {
  const own: LogSource = {
    name: 'its own files',
    read: (path) => findLogFile(ctx, path),
    readManifest: async () => null,
  };
  const sources = [...given, own];
  const { heads } = await findKnownHeads(ctx);
  const offered = await Promise.all(sources.map((source) => readOffered(ctx, source)));
  const candidates = [...heads, ...offered.filter((head) => head !== null)].sort((a, b) => b.size - a.size);
  const [last] = candidates;
  if (!last) return { ok: false, size: 0, why: ['This hub has signed nothing yet: there is nothing to recover.'] };
  const why: string[] = [];
  for (const head of candidates) {
    if (head.size < last.size && !giveUp) break;
    const whole = await assemble(ctx, head, sources, heads);
    // A history that was signed beside this one is no obstacle once the log has ended.
    const found = whole.ok || !giveUp ? whole : await assemble(ctx, head, sources, []);
    if (!found.ok) {
      for (const one of found.why) if (!why.includes(one)) why.push(one);
      continue;
    }
    const { puts } = found;
    const moved = puts.size > 0 || !giveUp ? await putBack(ctx, head, puts) : 0;
    await putBackBatches(ctx, sources, puts);
    await bringLostBatches(ctx, sources, { size: head.size, signal });
    const releases = await putBackReleases(ctx, sources, puts.values());
    const ended = giveUp && !(whole.ok && isSame(head, last)) ? await giveUpLog(ctx, last, head.size) : null;
    await refoldLog(ctx);
    if (!ended) await (await verifyHeads(ctx, signal))?.();
    return { ok: true, recovery: { size: last.size, recovered: puts.size, moved, releases, ended } };
  }
  if (!giveUp) return { ok: false, size: last.size, why };
  const ended = await giveUpLog(ctx, last, 0);
  return {
    ok: true,
    recovery: { size: last.size, recovered: 0, moved: 0, releases: { brought: [], missing: [] }, ended },
  };
}

/** Each source alone, so that one that lies spoils nothing; then all, each with what it has. */
async function assemble(
  ctx: Pick<HubContext, 'db'>,
  head: LogHead,
  sources: readonly LogSource[],
  others: readonly LogHead[],
): Promise<{ ok: true; puts: Map<number, LogEntry> } | { ok: false; why: string[] }> {
  const why: string[] = [];
  for (const some of [...sources.map((source) => [source]), sources]) {
    const found = await assembleLog(ctx, head, some, others);
    if (found.ok) return found;
    why.push(found.why);
  }
  return { ok: false, why };
}

/** The head a source has, when this hub signed it. */
async function readOffered({ tlog }: Pick<HubContext, 'tlog'>, { read }: LogSource): Promise<LogHead | null> {
  const bytes = await read('checkpoint').catch(() => null);
  const note = bytes && new TextDecoder().decode(bytes);
  const opened = note ? openCheckpoint(note, tlog.key) : null;
  return note && opened?.ok ? { ...opened.checkpoint, note } : null;
}

const isSame = (a: LogHead, b: LogHead) => a.size === b.size && toHex(a.root) === toHex(b.root);
