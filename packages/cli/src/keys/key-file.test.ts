import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf } from '@callable/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testContext } from '../../test/test-context.ts';
import { findKey, findOrMakeKey } from './find-key.ts';
import { makeOwnKey } from './make-own-key.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'callable-key-'));
});
afterEach(() => rm(home, { recursive: true }));

it('makes a key on first use, for the owner alone, and keeps it', async () => {
  const context = testContext({ env: { CALLABLE_HOME: join(home, 'new', 'home') } });
  expect(await findKey(context)).toBeNull();
  const first = await findOrMakeKey(context);
  expect(first).toMatchObject({ made: true, path: join(home, 'new', 'home', 'key') });
  expect((await stat(first.path ?? '')).mode & 0o777).toBe(0o600);
  expect((await stat(join(home, 'new', 'home'))).mode & 0o077).toBe(0);
  const second = await findOrMakeKey(context);
  expect(second.made).toBe(false);
  expect(addressOf(second.key)).toBe(addressOf(first.key));
});

it('ends with one key when many start at once, and leaves no drafts', async () => {
  const path = join(home, 'key');
  const found = await Promise.all(Array.from({ length: 20 }, () => makeOwnKey(testContext(), path)));
  expect(new Set(found.map(({ key }) => addressOf(key))).size).toBe(1);
  expect(found.filter(({ made }) => made)).toHaveLength(1);
  expect(await readdir(home)).toEqual(['key']);
});

it('refuses a key file that other users can read, and says how to close it', async () => {
  const path = join(home, 'key');
  const context = testContext({ env: { CALLABLE_HOME: home } });
  await findOrMakeKey(context);
  await chmod(path, 0o640);
  await expect(findKey(context)).rejects.toMatchObject({ code: 'KeyExposed', next: `chmod 600 ${path}` });
});

it('refuses what is no key, without replacing it', async () => {
  const path = join(home, 'key');
  await writeFile(path, 'my notes', { mode: 0o600 });
  const context = testContext({ env: { CALLABLE_HOME: home } });
  await expect(findOrMakeKey(context)).rejects.toMatchObject({ code: 'KeyInvalid' });
  expect(await readFile(path, 'utf8')).toBe('my notes');
});

it('prefers CALLABLE_KEY, and refuses a wrong one instead of using another key', async () => {
  const given = testContext({ env: { CALLABLE_HOME: home, CALLABLE_KEY: `0x${'11'.repeat(32)}` } });
  const found = await findOrMakeKey(given);
  expect(found).toMatchObject({ made: false, path: null });
  expect(await readdir(home)).toEqual([]);
  const wrong = testContext({ env: { CALLABLE_HOME: home, CALLABLE_KEY: 'secret' } });
  await expect(findKey(wrong)).rejects.toMatchObject({
    code: 'KeyInvalid',
    message: expect.not.stringContaining('secret'),
  });
});
