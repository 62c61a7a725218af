import { resolve } from 'node:path';
import type { BackupManifest } from '@callable/local/maintenance';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { asStopped } from '../backups/as-stopped.ts';
import { followBackup } from '../backups/follow-backup.ts';
import { choosePassphrase } from '../backups/read-passphrase.ts';
import type { CliContext } from '../context/cli-context.ts';
import { exitCodes, usageError } from '../errors/cli-error.ts';
import { locateData } from '../network/locate-data.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { formatDuration } from '../terminal/format-duration.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';

export const backupCommand: Command = {
  name: 'backup',
  positionals: [],
  summary:
    'For the operator of a hub: writes a backup of one moment, while the network runs or not, and reads it back.',
  details: [
    'Database, files of releases, heads of the log, receipt numbers of the node. It has another name until it is whole:',
    'what is called TARGET is a backup. DATABASE_URL is the one that the hub runs with. Nothing in it shows a key: choose',
    'with --keys. The passphrase comes from CALLABLE_BACKUP_PASSPHRASE or --passphrase-file, never from an argument.',
  ].join('\n'),
  options: {
    to: { value: 'TARGET', help: 'the directory to make; its parent must be there' },
    keys: { value: 'CHOICE', help: 'encrypt: keys under a passphrase; leave-out: you keep copies of the key files' },
    'passphrase-file': { value: 'FILE', help: 'its first line is the passphrase; /dev/fd/3 works' },
    data: { value: 'DIR', help: 'the data directory of callable up or of the hub (as of callable up)' },
    json: sharedOptions.json,
  },
  examples: [
    'callable backup --to /backups/$(date +%F) --keys encrypt --passphrase-file ~/.backup-passphrase',
    'callable backup --data /srv/hub --to /backups/today --keys leave-out --json',
  ],
  async run(context, given) {
    const to = given.text('to');
    if (to === undefined) throw usageError('callable backup needs --to.', 'For example: --to ./backup');
    const target = resolve(context.cwd, to);
    const passphrase = await choosePassphrase(context, given);
    const dataDir = locateData(context, given.text('data'));
    const { readLogConfig, writeBackup } = await import('@callable/local/maintenance');
    const { signal, clock } = context;
    const began = clock();
    const { onProgress, end } = followBackup(context);
    const databaseUrl = context.env.DATABASE_URL || null;
    const logDirectory = readLogConfig(context.env).directory;
    const options = { dataDir, target, databaseUrl, logDirectory, passphrase, signal, clock, onProgress };
    const manifest = await writeBackup(options)
      .catch((error: unknown) => {
        throw asStopped('callable backup', signal, error);
      })
      .finally(end);
    if (given.flag('json')) context.out.write(`${formatJson(factsOf(target, manifest))}\n`);
    else sayBackup(context, target, manifest, clock() - began);
    return exitCodes.done;
  },
};

function factsOf(target: string, { hub, createdAt, statements, releases, keys, files, parts }: BackupManifest) {
  return { backup: target, hub, createdAt, statements, releases, keys: keys.kept, files, bytes: parts.bytes };
}

function sayBackup({ out, err }: CliContext, target: string, manifest: BackupManifest, elapsedMs: number): void {
  const { releases, statements, files, parts, keys } = manifest;
  out.write(
    `${paint(out, 'green', '✓ Backup')} in ${target}: ${releases} releases, ${statements} statements, ${files.count} files, ${formatBytes(parts.bytes)} in ${formatDuration(elapsedMs)}, read back.\n`,
  );
  if (files.elsewhere > 0) out.write(`  ${files.elsewhere} files are on Walrus, and stay there.\n`);
  if (keys.kept === 'left out')
    out.write('  The keys are not in it: without hub-key and log-key, copied elsewhere, it cannot be restored.\n');
  if (files.missing > 0)
    err.write(
      `${paint(err, 'yellow', 'warning')} ${files.missing} files that the database names were not in DIR, or damaged there: a bucket needs a backup of its own. First: ${files.named[0]}\n`,
    );
}
