import { type Manifest, signStatement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { listReleasesWithFile } from '../files/list-releases-with-file.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { clearStage } from '../keeping/clear-stage.ts';
import { findStoragePeriod, isOnWalrus } from '../keeping/find-storage-period.ts';
import { tellStoragePeriod } from '../keeping/tell-storage-period.ts';
import { type FoundRelease, findRelease } from '../releases/find-release.ts';
import { auditFile } from './audit-file.ts';
import { identifyQueue } from './identify-release.ts';
import { keepQueue } from './keep-release.ts';
import { DoorShut } from './read-over-route.ts';
import { repairFile } from './repair-file.ts';
import type { JobOutcome } from './settle-job.ts';

type StoreContext = Pick<
  HubContext,
  'db' | 'blobs' | 'clock' | 'config' | 'key' | 'rules' | 'log' | 'random' | 'fetch' | 'ownAddress' | 'walrusKeeper'
>;
type Finding = { ok: boolean; reason: string; message: string };

/** How soon it is tried again when this hub does not listen yet. */
const doorPauseMs = 500;
/** How soon it is looked whether files that are to be handed on have been, should nobody say so. */
const handOnMs = 3600_000;

/**
 * Stored: every file is read back, whole, the way a node reads it, and compared with the hashes the publisher signed.
 * Later looks at what was found whole before read random chunks of large files. What is damaged is fetched from another
 * copy, with nodes or on Walrus.
 */
export async function storeRelease(ctx: StoreContext, job: LeasedJob, signal: AbortSignal): Promise<JobOutcome> {
  const release = await findRelease(ctx, job.release);
  const manifest = readJson(release.manifest);
  const { Stored } = release.state.tracks;
  const wasWhole = Stored.status === 'True' && ctx.clock() < (Stored.endsAt ?? Number.POSITIVE_INFINITY);
  const findPeriod = () => findStoragePeriod(ctx, job.release, manifest.files);
  const before = await findPeriod();
  const found = await readBack(ctx, job, { manifest, wasWhole }, signal).catch((error: unknown) => {
    if (error instanceof DoorShut) return null;
    throw error;
  });
  if (found === null) return { statements: [], enqueue: [], againAt: ctx.clock() + doorPauseMs };
  const period = await findPeriod();
  // Right, but only here so far: not stored before it was handed on and read back from there.
  if (found.ok && period && !isOnWalrus(period))
    return { statements: [], enqueue: [keep], againAt: ctx.clock() + handOnMs };
  if (found.ok && before && isOnWalrus(before)) await clearStage(ctx, manifest.files);
  const finding = tellStoragePeriod(found, period);
  const body = { ...finding, files: manifest.files.length, bytes: release.bytes };
  const statement = signStatement(
    { kind: 'release.stored', subject: job.release, body, issuedAt: ctx.clock() },
    ctx.key,
  );
  return {
    statements: isNews(release, finding) ? [statement] : [],
    enqueue: finding.ok ? [{ step: 'draw' }, identifyLater(ctx), ...(period ? [keep] : [])] : [],
    againAt: ctx.clock() + pauseMs(ctx, release, finding),
  };
}

const keep = { step: 'keep', assignee: keepQueue } as const;

/** Its way to the first call goes first. */
function identifyLater(ctx: Pick<HubContext, 'clock' | 'config'>) {
  const runAt = ctx.clock() + ctx.config.walrusApi.identifyAfterMs;
  return { step: 'identify', assignee: identifyQueue, runAt } as const;
}

async function readBack(
  ctx: StoreContext,
  job: LeasedJob,
  { manifest, wasWhole }: { manifest: Manifest; wasWhole: boolean },
  signal: AbortSignal,
): Promise<Finding> {
  const repaired: string[] = [];
  for (const file of manifest.files) {
    const verdict = await auditFile(ctx, file, { wasWhole }, signal);
    if (verdict.ok) continue;
    if (verdict.damaged) await discard(ctx, job, file.sha256, signal);
    // What is still there was right when it was looked at once more: then not the file is wrong, but the way to it.
    const isGone = (await ctx.blobs.stat(file.sha256)) === null;
    const source = isGone ? await repairFile(ctx, job.release, file, signal) : null;
    if (source !== null) {
      repaired.push(`${file.path} had been damaged and came back from ${source}.`);
      continue;
    }
    return { ok: false, reason: verdict.reason, message: `${file.path}: ${verdict.message}` };
  }
  const count = manifest.files.length;
  return {
    ok: true,
    reason: 'AllFilesReadBack',
    message: `${count} of ${count} files were read back and matched their hashes.${
      repaired.length > 0 ? ` ${repaired.join(' ')}`.slice(0, 300) : ''
    }`,
  };
}

/**
 * A damaged file is dropped: as long as it stands there, whoever sends the right bytes again is told that they are
 * here already. The other releases that contain it are read back at once, or they would look stored for a day.
 */
async function discard(
  ctx: Pick<StoreContext, 'blobs' | 'db' | 'clock' | 'log'>,
  job: LeasedJob,
  sha256: string,
  signal: AbortSignal,
): Promise<void> {
  const dropped = await ctx.blobs.discardDamaged(sha256, { signal });
  if (!dropped) return;
  ctx.log.error({ sha256 }, 'a stored file was damaged and has been dropped: publishing it again repairs it');
  await ctx.db.transaction().execute(async (tx) => {
    for (const release of await listReleasesWithFile(tx, sha256))
      if (release !== job.release) await enqueueJob(ctx, tx, { release, step: 'store' });
  });
}

/** A failing check repeats, the log needs it once; that a file is now missing which was damaged is no news. */
function isNews(release: FoundRelease, finding: Finding): boolean {
  const { Stored } = release.state.tracks;
  return finding.ok || Stored.status !== 'False';
}

/** Well before the last reading grows old. After a failure soon, in case it was repaired, then ever more seldom. */
function pauseMs(ctx: Pick<HubContext, 'clock' | 'rules'>, release: FoundRelease, finding: Finding): number {
  const usualMs = ctx.rules.policy.freshness.storedSeconds * 800;
  if (finding.ok) return usualMs;
  const { Stored } = release.state.tracks;
  const failingForMs = Stored.status === 'False' ? ctx.clock() - Stored.since : 0;
  return Math.min(usualMs, Math.max(10 * 60_000, Math.ceil(failingForMs / 4)));
}
