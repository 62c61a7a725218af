import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testContext } from '../../test/test-context.ts';
import { parseArguments } from '../arguments/parse-arguments.ts';
import { backupCommand } from '../commands/backup.ts';
import { runCommand } from '../main.ts';
import { choosePassphrase } from './read-passphrase.ts';

const long = 'correct horse battery staple';
const choose = (words: string[], env: Record<string, string> = {}) =>
  choosePassphrase(testContext({ env }), parseArguments(backupCommand, words));

it('what becomes of the keys has no default: without a choice nothing is written', async () => {
  await expect(choose([])).rejects.toMatchObject({ code: 'UsedWrongly', next: expect.stringContaining('leave-out') });
  await expect(choose(['--keys', 'clear'])).rejects.toMatchObject({ code: 'UsedWrongly' });
  await expect(choose(['--keys', 'encrypt'])).rejects.toMatchObject({ code: 'UsedWrongly' });
  await expect(choose(['--keys', 'encrypt'], { CALLABLE_BACKUP_PASSPHRASE: 'short' })).rejects.toThrow('12');
  expect(await choose(['--keys', 'leave-out'], { CALLABLE_BACKUP_PASSPHRASE: long })).toBeNull();
});

it('the passphrase is the first line of a file, or the environment', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'callable-passphrase-'));
  const file = join(directory, 'passphrase');
  try {
    await writeFile(file, `${long}\r\nand what else stands there\n`);
    expect(await choose(['--keys', 'encrypt', '--passphrase-file', file])).toBe(long);
    expect(await choose(['--keys', 'encrypt'], { CALLABLE_BACKUP_PASSPHRASE: long })).toBe(long);
    const missing = choose(['--keys', 'encrypt', '--passphrase-file', join(directory, 'other')]);
    await expect(missing).rejects.toMatchObject({ code: 'FileUnreadable' });
  } finally {
    await rm(directory, { recursive: true });
  }
});

it('callable restore writes nothing before it knows where, and names a directory that is no backup', async () => {
  const context = testContext({ cwd: tmpdir() });
  expect(await runCommand(context, ['restore', 'nowhere'])).toBe(2);
  expect(await runCommand(context, ['restore', 'nowhere', '--check'])).toBe(1);
  expect(context.err.text()).toContain('nowhere holds no finished backup');
});
