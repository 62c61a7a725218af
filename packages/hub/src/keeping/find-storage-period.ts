import type { Digest, ManifestFile } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { startOfEpoch } from './keeper/walrus-network.ts';

/** Whether and until when Walrus keeps the files of a release. */
export type StoragePeriod = {
  /** Not there: they are on the stage at most. */
  absent: ManifestFile[];
  /** Were there, until their epochs had passed. */
  ended: ManifestFile[];
  /** The first epoch in which one of those that are there is not kept; null when that is not known of one. */
  endEpoch: number | null;
  epochsLeft: number | null;
  /** The same as a time in milliseconds, as far as it is known. */
  endsAt: number | null;
  /** Fewer than two epochs are left, or nobody knows. */
  alarm: boolean;
  /** The last attempt to keep them longer failed. */
  isFailing: boolean;
};

/** Null when this hub keeps files elsewhere, where nothing ends. */
export async function findStoragePeriod(
  ctx: Pick<HubContext, 'db' | 'walrusKeeper'>,
  release: Digest,
  files: readonly ManifestFile[],
): Promise<StoragePeriod | null> {
  if (!ctx.walrusKeeper) return null;
  const { walrus, config } = ctx.walrusKeeper;
  const expiries = new Map((await walrus.expiry(files.map(({ sha256 }) => sha256))).map((one) => [one.id, one]));
  const there = [...expiries.values()];
  const ends = there.flatMap(({ endEpoch }) => (endEpoch === null ? [] : [endEpoch]));
  const lefts = there.flatMap(({ epochsLeft }) => (epochsLeft === null ? [] : [epochsLeft]));
  const isKnown = there.length > 0 && ends.length === there.length;
  const trouble = await ctx.db
    .selectFrom('walrus_trouble')
    .select('attempts')
    .where('release', '=', release)
    .executeTakeFirst();
  return {
    absent: files.filter(({ sha256 }) => !expiries.has(sha256)),
    ended: files.filter(({ sha256 }) => expiries.get(sha256)?.epochsLeft === 0),
    endEpoch: isKnown ? Math.min(...ends) : null,
    epochsLeft: isKnown ? Math.min(...lefts) : null,
    endsAt: ends.length > 0 ? startOfEpoch(config.network, Math.min(...ends)) : null,
    alarm: there.some((one) => one.alarm),
    isFailing: trouble !== undefined,
  };
}

/** Every file was handed on, and its epochs have not passed. */
export const isOnWalrus = ({ absent, ended }: StoragePeriod): boolean => absent.length + ended.length === 0;
