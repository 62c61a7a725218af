/** What is done with a network that does not run, by the code of its hub: backups, restores, and the recovery of a log. */

export { openForRecovery, openLogSource, readLogConfig, recoverLog } from '@callable/hub';
export type { BackupManifest } from './backup/backup-manifest.ts';
export type { BackupProgress } from './backup/progress.ts';
export { type BackupOptions, writeBackup } from './backup/write-backup.ts';
export { type RestoreOptions, restoreBackup } from './restore/restore-backup.ts';
