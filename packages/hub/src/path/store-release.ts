import { type Manifest, signStatement } from '@callable/protocol';
import { verifyBlob, verifyChunks } from '@callable/storage';
import type { HubContext } from '../context.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import type { LeasedJob } from '../jobs/lease-job.ts';
import type { JobOutcome } from '../jobs/settle-job.ts';
import { type FoundRelease, findRelease } from '../releases/find-release.ts';
import { listReleasesWithFile } from '../releases/list-releases-with-file.ts';
import { auditedChunks, chooseChunks } from './choose-chunks.ts';
import { identifyQueue } from './identify-release.ts';
import { repairFile } from './repair-file.ts';

type Finding = { ok: boolean; reason: string; message: string };

/**
 * Stored: every file is read back, whole, and compared with the hashes the publisher signed. Later looks at what was
 * found whole before read random chunks of large files. What is damaged is fetched from a node that holds it.
 */
export async function storeRelease(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config' | 'key' | 'rules' | 'log' | 'random' | 'fetch'>,
  job: LeasedJob,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const release = await findRelease(ctx, job.release);
  const manifest = JSON.parse(release.manifest) as Manifest;
  const wasWhole = release.state.tracks.Stored.status === 'True';
  const finding = await readBack(ctx, job, { manifest, wasWhole }, signal);
  const body = { ...finding, files: manifest.files.length, bytes: release.bytes };
  const statement = signStatement(
    { kind: 'release.stored', subject: job.release, body, issuedAt: ctx.clock() },
    ctx.key,
  );
  return {
    statements: isNews(release, finding) ? [statement] : [],
    enqueue: finding.ok ? [{ step: 'draw' }, identifyLater(ctx)] : [],
    againAt: ctx.clock() + pauseMs(ctx, release, finding),
  };
}

/** Its way to the first call goes first. */
function identifyLater(ctx: Pick<HubContext, 'clock' | 'config'>) {
  const runAt = ctx.clock() + ctx.config.walrus.identifyAfterMs;
  return { step: 'identify', assignee: identifyQueue, runAt } as const;
}

async function readBack(
  ctx: Pick<HubContext, 'blobs' | 'db' | 'clock' | 'log' | 'random' | 'fetch'>,
  job: LeasedJob,
  { manifest, wasWhole }: { manifest: Manifest; wasWhole: boolean },
  signal: AbortSignal,
): Promise<Finding> {
  const repaired: string[] = [];
  for (const file of manifest.files) {
    const isSampled = wasWhole && file.chunks.length > auditedChunks;
    const verdict = isSampled
      ? await verifyChunks(ctx.blobs, file.sha256, file.chunks, chooseChunks(file.chunks.length, ctx.random), {
          signal,
        })
      : await verifyBlob(ctx.blobs, file.sha256, file.size, { signal, chunks: file.chunks });
    if (verdict.ok) continue;
    if (verdict.damaged) await discard(ctx, job, file.sha256, signal);
    if ((verdict.damaged || verdict.reason === 'FileMissing') && (await repairFile(ctx, job.release, file, signal))) {
      repaired.push(file.path);
      continue;
    }
    return { ok: false, reason: verdict.reason, message: `${file.path}: ${verdict.message}` };
  }
  const count = manifest.files.length;
  return {
    ok: true,
    reason: 'AllFilesReadBack',
    message: `${count} of ${count} files were read back and matched their hashes.${
      repaired.length > 0 ? ` ${repaired.join(', ')} had been damaged and came back from a node.`.slice(0, 300) : ''
    }`,
  };
}

/**
 * A damaged file is dropped: as long as it stands there, whoever sends the right bytes again is told that they are
 * here already. The other releases that contain it are read back at once, or they would look stored for a day.
 */
async function discard(
  ctx: Pick<HubContext, 'blobs' | 'db' | 'clock' | 'log'>,
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
  return Math.min(usualMs, Math.max(10 * 60_000, failingForMs / 4));
}
