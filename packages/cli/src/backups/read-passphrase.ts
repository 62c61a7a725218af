import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Given } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { CliError, usageError } from '../errors/cli-error.ts';

const mostBytes = 1000;
/** Below this a stolen backup is a matter of days, whatever scrypt costs. */
const fewestCharacters = 12;

/**
 * The passphrase of a backup: the first line of `--passphrase-file`, which may be a descriptor such as /dev/fd/3, or
 * CALLABLE_BACKUP_PASSPHRASE. Never an argument: other users of the machine see those. Null when neither is there.
 */
export async function readPassphrase(context: CliContext, given: Given): Promise<string | null> {
  const file = given.text('passphrase-file');
  if (file === undefined) return context.env.CALLABLE_BACKUP_PASSPHRASE || null;
  const path = resolve(context.cwd, file);
  try {
    await using handle = await open(path, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(mostBytes), 0, mostBytes, null);
    return buffer.subarray(0, bytesRead).toString('utf8').split(/\r?\n/, 1)[0] || null;
  } catch (cause) {
    throw new CliError('FileUnreadable', `The passphrase in ${path} cannot be read.`, 'Check --passphrase-file.', {
      cause,
    });
  }
}

/** The passphrase for a backup that is made, or null where keys are left out. Throws a usage error without a choice. */
export async function choosePassphrase(context: CliContext, given: Given): Promise<string | null> {
  const choice = given.text('keys');
  if (choice === 'leave-out') return null;
  if (choice !== 'encrypt')
    throw usageError(
      'callable backup needs --keys encrypt or --keys leave-out.',
      'encrypt: they are in the backup, under a passphrase. leave-out: keep copies of the key files yourself; without them nothing can be restored.',
    );
  const passphrase = await readPassphrase(context, given);
  if (passphrase === null)
    throw usageError(
      '--keys encrypt needs a passphrase.',
      'Set CALLABLE_BACKUP_PASSPHRASE, or give --passphrase-file.',
    );
  if (passphrase.length < fewestCharacters)
    throw usageError(`The passphrase has fewer than ${fewestCharacters} characters.`, 'Take a longer one.');
  return passphrase;
}
