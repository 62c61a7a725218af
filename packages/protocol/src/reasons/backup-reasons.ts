import type { Reason } from './reason.ts';

const operatorMends = { status: 422, who: 'operator', retry: false } as const;

/** Why a backup was not made, or not taken. */
export const backupReasons = {
  BackupDamaged: {
    ...operatorMends,
    sentence: 'The backup is not what was written: a part of it is missing, cut or changed.',
    next: 'Take another copy of this backup, or an older one; nothing was restored from this.',
  },
  BackupNewer: {
    ...operatorMends,
    sentence: 'The backup was made by a newer version, whose data this one does not know.',
    next: 'Restore it with that version of callable or a later one.',
  },
  PassphraseWrong: {
    ...operatorMends,
    sentence: 'This passphrase does not open the keys in the backup.',
    next: 'Give the one it was made with: CALLABLE_BACKUP_PASSPHRASE or --passphrase-file.',
  },
  KeysMissing: {
    ...operatorMends,
    sentence: 'The keys of this hub were left out of the backup, and a hub without them is another hub.',
    next: 'Name where the key files are: --keys-from DIR, laid out like the data directory.',
  },
  PlaceTaken: {
    ...operatorMends,
    status: 409,
    sentence: 'Something stands where this should be written, and nothing is ever overwritten.',
    next: 'Name a place that is new or empty.',
  },
  HubDataMissing: {
    ...operatorMends,
    status: 404,
    sentence: 'There is no data of a hub in this directory.',
    next: 'Name the data directory of callable up or of the hub, and set DATABASE_URL when its database is elsewhere.',
  },
  DatabaseUnreachable: {
    status: 503,
    who: 'operator',
    retry: true,
    sentence: 'The database of this hub does not answer.',
    next: 'Check DATABASE_URL, and that its server runs and lets this user in.',
  },
} as const satisfies Record<string, Reason>;
