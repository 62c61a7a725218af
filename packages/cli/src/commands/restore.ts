import { resolve } from 'node:path';
import { type Command, sharedOptions } from '../arguments/command.ts';
import { asStopped } from '../backups/as-stopped.ts';
import { followBackup } from '../backups/follow-backup.ts';
import { readPassphrase } from '../backups/read-passphrase.ts';
import { exitCodes, usageError } from '../errors/cli-error.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';

export const restoreCommand: Command = {
  name: 'restore',
  positionals: ['BACKUP'],
  summary: 'For the operator of a hub: puts a backup into a new data directory, after checking every byte of it.',
  details: [
    'DATABASE_URL, when it is set, must name an empty database; without it the embedded one is made in DIR. Whatever',
    'fails leaves nothing. With --check the backup is only read: nothing is written.',
    'Run it as the user who will start the hub. A hub that has signed on since says LogRolledBack when it starts, and',
    'callable log recover brings the rest back: never run the old one and the restored one at once.',
  ].join('\n'),
  options: {
    data: { value: 'DIR', help: 'the new data directory; its parent must be there' },
    check: { help: 'only check the backup, and the passphrase when one is given' },
    'keys-from': { value: 'DIR', help: 'where the key files are when the backup has none, as in a data directory' },
    'passphrase-file': { value: 'FILE', help: 'its first line is the passphrase (CALLABLE_BACKUP_PASSPHRASE)' },
    json: sharedOptions.json,
  },
  examples: [
    'callable restore /backups/2026-11-29 --check',
    'callable restore /backups/2026-11-29 --data ./network --passphrase-file ~/.backup-passphrase',
  ],
  async run(context, given) {
    const { cwd, signal, out } = context;
    const [backup = ''] = given.positionals;
    const data = given.text('data');
    if ((data === undefined) === !given.flag('check'))
      throw usageError('callable restore needs either --data or --check.', 'For example: --data ./network');
    const keysFrom = given.text('keys-from');
    const passphrase = await readPassphrase(context, given);
    const { restoreBackup } = await import('@callable/local/maintenance');
    const { onProgress, end } = followBackup(context);
    const manifest = await restoreBackup({
      backup: resolve(cwd, backup),
      dataDir: data === undefined ? null : resolve(cwd, data),
      databaseUrl: context.env.DATABASE_URL || null,
      ...{ passphrase, keysFrom: keysFrom === undefined ? null : resolve(cwd, keysFrom), signal, onProgress },
    })
      .catch((error: unknown) => {
        throw asStopped('callable restore', signal, error);
      })
      .finally(end);
    const { hub, createdAt, statements, releases, files, parts, software } = manifest;
    const from = new Date(createdAt).toISOString();
    if (given.flag('json'))
      out.write(
        `${formatJson({ ok: true, hub, createdAt, statements, releases, files, bytes: parts.bytes, software })}\n`,
      );
    else {
      const what = data === undefined ? '✓ Whole' : `✓ Restored into ${data}`;
      out.write(
        `${paint(out, 'green', what)}: ${releases} releases, ${statements} statements, ${files.count} files, ${formatBytes(parts.bytes)} of ${hub}, as of ${from}.\n`,
      );
      if (data !== undefined)
        out.write(
          `  Start it: callable up --data ${data}\n  Had it signed on after ${from}, it says LogRolledBack: callable log recover brings the rest back.\n`,
        );
    }
    return exitCodes.done;
  },
};
