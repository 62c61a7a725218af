import { type ManifestFile, signStatement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { findStoragePeriod, type StoragePeriod } from '../keeping/find-storage-period.ts';
import type { WalrusKeeper } from '../keeping/keeper/walrus-keeper.ts';
import { startOfEpoch } from '../keeping/keeper/walrus-network.ts';
import { noteTrouble, type Trouble } from '../keeping/note-trouble.ts';
import { type FoundRelease, findRelease } from '../releases/find-release.ts';
import type { JobOutcome } from './settle-job.ts';

/** A queue of its own: handing on a large release takes an hour, and the hub's other work shall not wait for it. */
export const keepQueue = 'hub:keep';

type KeepContext = Pick<HubContext, 'db' | 'clock' | 'key' | 'log' | 'walrusKeeper'>;
type Failure = { file: string; cause: string };

const firstPauseMs = 30_000;
const longestPauseMs = 3600_000;

/**
 * Keeps the files of a release on Walrus, all of them for as long: hands on what is only here, and renews all when the
 * first is about to end. What came of it is read back by the step `store`, which alone says that something is stored.
 * Repeating it is harmless: what is kept long enough costs nothing.
 */
export async function keepRelease(ctx: KeepContext, job: LeasedJob, signal: AbortSignal): Promise<JobOutcome> {
  const { walrusKeeper } = ctx;
  if (!walrusKeeper) return { statements: [], enqueue: [], againAt: null };
  const release = await findRelease(ctx, job.release);
  const files = distinct(readJson(release.manifest).files);
  const find = async () => (await findStoragePeriod(ctx, job.release, files)) as StoragePeriod;
  const before = await find();
  const failures = await handOn(walrusKeeper, before, signal);
  if (isDue(walrusKeeper, await find())) failures.push(...(await renewAll(walrusKeeper, files, signal)));
  const after = await find();
  const trouble = await noteTrouble(ctx, job.release, { failed: failures.length > 0, alarm: after.alarm });
  if (failures.length > 0) tell(ctx, release, after, failures);
  // Not whether this job changed it: for another release with the same file it may have been renewed before.
  const isNews = trouble.isNews || (release.state.tracks.Stored.endsAt ?? null) !== after.endsAt;
  return {
    statements: after.absent.length > 0 && failures.length > 0 ? sayUnavailable(ctx, release, files) : [],
    enqueue: isNews && after.absent.length === 0 ? [{ step: 'store' }] : [],
    againAt: nextTime(ctx, walrusKeeper, after, trouble),
  };
}

/** What only this hub has, and what has ended but was brought here again. */
async function handOn({ files }: WalrusKeeper, period: StoragePeriod, signal: AbortSignal): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const file of [...period.absent, ...period.ended]) {
    try {
      if (period.ended.includes(file) && !(await files.stage.stat(file.sha256))) continue;
      await files.handOn(file.sha256, file.size, { signal });
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ file: file.path, cause: String(error) });
    }
  }
  return failures;
}

/** One release, one end: those that have time left are renewed with the one that has none. */
async function renewAll(
  { walrus, config }: WalrusKeeper,
  files: readonly ManifestFile[],
  signal: AbortSignal,
): Promise<Failure[]> {
  const there = new Set((await walrus.expiry(files.map(({ sha256 }) => sha256))).map(({ id }) => id));
  const { failed } = await walrus.renew([...there], config.epochs, { signal });
  const pathOf = (id: string) => files.find(({ sha256 }) => sha256 === id)?.path ?? id;
  return failed.map(({ id, cause }) => ({ file: pathOf(id), cause: String(cause) }));
}

const renewAtEpochsLeft = ({ config }: WalrusKeeper) => Math.max(2, Math.ceil(config.epochs / 4));

function isDue(store: WalrusKeeper, period: StoragePeriod): boolean {
  return period.alarm || period.isFailing || (period.epochsLeft ?? Infinity) <= renewAtEpochsLeft(store);
}

/** When the first file comes near its end; after a failure soon, then ever more seldom, but often in an epoch. */
function nextTime(
  ctx: Pick<HubContext, 'clock'>,
  store: WalrusKeeper,
  { endEpoch }: StoragePeriod,
  trouble: Trouble,
): number {
  const { network } = store.config;
  const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(trouble.attempts, 20), longestPauseMs, network.epochMs / 8);
  if (trouble.attempts > 0 || endEpoch === null) return ctx.clock() + pauseMs;
  return Math.max(ctx.clock() + pauseMs, startOfEpoch(network, endEpoch - renewAtEpochsLeft(store)));
}

function tell(
  ctx: Pick<HubContext, 'log'>,
  release: FoundRelease,
  { alarm, epochsLeft }: StoragePeriod,
  failures: Failure[],
): void {
  const facts = { release: release.digest, epochsLeft, failures };
  if (alarm) ctx.log.error(facts, 'files of a release end on Walrus within two epochs and could not be renewed');
  else ctx.log.warn(facts, 'files of a release could not be kept on Walrus; it is tried again');
}

/** Why it failed is between this hub and its publisher; that it failed concerns whoever waits for the release. */
function sayUnavailable(ctx: Pick<HubContext, 'clock' | 'key'>, release: FoundRelease, files: readonly ManifestFile[]) {
  if (release.state.tracks.Stored.status === 'False') return [];
  const body = {
    ok: false,
    reason: 'StorageUnavailable',
    message: 'The files are here, but Walrus did not take all of them yet; it is tried again, ever more seldom.',
    files: files.length,
    bytes: release.bytes,
  };
  const issuedAt = ctx.clock();
  return [signStatement({ kind: 'release.stored', subject: release.digest, body, issuedAt }, ctx.key)];
}

const distinct = (files: readonly ManifestFile[]) => [...new Map(files.map((file) => [file.sha256, file])).values()];
