export { parsePublicUrls, parseTrustedProxies } from '@callable/http';
export {
  locateLogHeads,
  type OutageEvent,
  openForRecovery,
  openLogSource,
  parseSeeds,
  readLogConfig,
  recoverLog,
} from '@callable/hub';
export type { BackupManifest } from './backup/backup-manifest.ts';
export type { BackupProgress } from './backup/progress.ts';
export { type BackupOptions, writeBackup } from './backup/write-backup.ts';
export type { HubEvent } from './hub/hub-words.ts';
export type { NodeEvent, OwnNode } from './nodes/own-node.ts';
export { type RestoreOptions, restoreBackup } from './restore/restore-backup.ts';
export { type LocalNetwork, type LocalNetworkOptions, startLocalNetwork } from './start-local-network.ts';
