import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireDataLock } from './acquire-data-lock.ts';
import { readProcess } from './read-process.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callable-lock-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('the second node on one data directory is refused, and may start once the first has gone', async () => {
  const first = await acquireDataLock(dataDir, 'node');
  const refusal = { code: 'DataInUse', message: expect.stringContaining(`process ${process.pid}`) };
  await expect(acquireDataLock(dataDir, 'node')).rejects.toMatchObject(refusal);
  await first[Symbol.asyncDispose]();
  await using _second = await acquireDataLock(dataDir, 'node');
});

test('a node that was killed does not block the next, not even when its pid lives on as another process', async () => {
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  await writeFile(join(dataDir, 'node.lock'), `${dead.pid} 12345`);
  await (await acquireDataLock(dataDir, 'node'))[Symbol.asyncDispose]();
  await writeFile(join(dataDir, 'node.lock'), `${process.pid} 12345`);
  await using _lock = await acquireDataLock(dataDir, 'node');
});

test('of many that start at once beside a dead lock exactly one wins', async () => {
  await writeFile(join(dataDir, 'node.lock'), 'nonsense');
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => acquireDataLock(dataDir, 'node')));
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
});

test('a supervisor of before, whose lock is an object, is still respected while it lives', async () => {
  const startedAt = (await readProcess(process.pid))?.startedAt;
  await writeFile(join(dataDir, 'supervisor.lock'), JSON.stringify({ pid: process.pid, startedAt }));
  await expect(acquireDataLock(dataDir, 'supervisor')).rejects.toThrow(`(process ${process.pid})`);
  await writeFile(join(dataDir, 'supervisor.lock'), JSON.stringify({ pid: process.pid, startedAt: '1' }));
  await using _lock = await acquireDataLock(dataDir, 'supervisor');
});

test('a copy of a directory in use, with its lock in it, is another directory: what runs on the first holds nothing there', async () => {
  await using _first = await acquireDataLock(dataDir, 'node');
  const copy = await mkdtemp(join(tmpdir(), 'callable-lock-'));
  try {
    await cp(dataDir, copy, { recursive: true });
    await using _second = await acquireDataLock(copy, 'node');
    await expect(acquireDataLock(copy, 'node')).rejects.toThrow(`process ${process.pid}`);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});
