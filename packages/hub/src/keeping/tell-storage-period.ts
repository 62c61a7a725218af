import type { StoragePeriod } from './find-storage-period.ts';

type Finding = { ok: boolean; reason: string; message: string };

/** What was found when the files of a release were read back, with what is to be said about how long they stay. */
export function tellStoragePeriod<Found extends Finding>(
  finding: Found,
  period: StoragePeriod | null,
): Finding & { storedUntil?: number } {
  if (!period) return finding;
  const [ended] = period.ended;
  if (!finding.ok)
    return ended && finding.reason === 'FileMissing'
      ? { ok: false, reason: 'BlobExpired', message: `${ended.path}: its storage period on Walrus has ended.` }
      : finding;
  const until = period.endsAt === null ? '' : ` Walrus keeps them until ${new Date(period.endsAt).toISOString()}.`;
  return {
    ...finding,
    message: finding.message + until + warning(period),
    ...(period.endsAt === null ? {} : { storedUntil: period.endsAt }),
  };
}

function warning({ endEpoch, alarm, isFailing }: StoragePeriod): string {
  if (alarm && endEpoch === null) return ' Warning: of a file it is not known until when; it is renewed.';
  if (alarm) return ' Warning: fewer than two epochs are left, and it has not been renewed.';
  return isFailing ? ' The last renewal failed; it is tried again.' : '';
}
