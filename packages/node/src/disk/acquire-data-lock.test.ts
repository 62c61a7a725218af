import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireDataLock } from './acquire-data-lock.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callable-lock-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('the second node on one data directory is refused, and may start once the first has gone', async () => {
  const first = await acquireDataLock(dataDir);
  await expect(acquireDataLock(dataDir)).rejects.toThrow(`process ${process.pid}`);
  await first[Symbol.asyncDispose]();
  await using _second = await acquireDataLock(dataDir);
});

test('a node that was killed does not block the next, not even when its pid lives on as another process', async () => {
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  await writeFile(join(dataDir, 'node.lock'), `${dead.pid} 12345`);
  await (await acquireDataLock(dataDir))[Symbol.asyncDispose]();
  await writeFile(join(dataDir, 'node.lock'), `${process.pid} 12345`);
  await using _lock = await acquireDataLock(dataDir);
});

test('of many that start at once beside a dead lock exactly one wins', async () => {
  await writeFile(join(dataDir, 'node.lock'), 'nonsense');
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => acquireDataLock(dataDir)));
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
});
