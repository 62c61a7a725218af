import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readProcess } from '@callable/disk';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDirectory } from '../test/create-test-directory.ts';
import { runSupervisedWriter } from '../test/run-supervised-writer.ts';
import { testEngineDir } from '../test/test-engine-dir.ts';
import { startPostgres } from './start-postgres.ts';

const ROUNDS = 4;
/** What a killed server shared lies where the test cleans up. */
const settings = { dynamic_shared_memory_type: 'mmap' };

/** The moment of a kill is the point of these tests: anywhere in what happens, not after a step we know. */
const anyMoment = (withinMs: number) => delay(Math.random() * withinMs);

interface Found {
  torn: string;
  batches: string[];
}

/** Starts on what a crash left, and reads it back. */
async function recover(dataDir: string): Promise<Found> {
  await using postgres = await startPostgres({ dataDir, engineDir: testEngineDir, settings });
  const client = new pg.Client({ connectionString: postgres.connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<Found>(`
      select count(*) filter (where parts <> 3) as torn, coalesce(array_agg(batch::text), '{}') as batches
      from (select batch, count(*) as parts from entry group by batch) as group_of`);
    return rows[0]!;
  } finally {
    await client.end();
  }
}

test('killing the supervisor while it writes loses nothing acknowledged, and the next one takes its server over', async () => {
  await using directory = await createTestDirectory();
  const acked = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const writer = await runSupervisedWriter({ dataDir: directory.path, mode: 'write' });
    await writer.waitForAcked(20);
    const { pid } = await writer.started;
    await anyMoment(200);
    writer.process.kill('SIGKILL');
    await writer.closed;
    expect(process.kill(pid, 0), 'the server outlives its supervisor').toBe(true);
    for (const batch of writer.acked) acked.add(batch);

    const { torn, batches } = await recover(directory.path);
    expect(torn).toBe('0');
    expect([...acked].filter((batch) => !batches.includes(batch))).toEqual([]);
    expect(await readProcess(pid), 'at most a zombie is left of it').toBeUndefined();
  }
});

test('killing the supervisor and every process of the server while it writes loses nothing acknowledged', async () => {
  await using directory = await createTestDirectory();
  const acked = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const writer = await runSupervisedWriter({ dataDir: directory.path, mode: 'write' });
    await writer.waitForAcked(20);
    const { pid } = await writer.started;
    const backends = await listChildren(pid);
    await anyMoment(200);
    for (const victim of [writer.process.pid!, pid, ...backends]) killIfAlive(victim);
    await writer.closed;
    for (const batch of writer.acked) acked.add(batch);

    const { torn, batches } = await recover(directory.path);
    expect(torn).toBe('0');
    expect([...acked].filter((batch) => !batches.includes(batch))).toEqual([]);
  }
});

test('killing the supervisor at any moment of the first start leaves a directory the next one can use', async () => {
  await using directory = await createTestDirectory();
  const dataDir = join(directory.path, 'data');
  const postgresDir = join(dataDir, 'postgres');
  await mkdir(postgresDir, { recursive: true });
  let killedBeforeTheEnd = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const watcher = watch(postgresDir);
    const draftMade = (async () => {
      for (;;) {
        const [, name] = (await once(watcher, 'change')) as [string, string];
        if (name.startsWith('.new-')) return;
      }
    })();
    const starter = await runSupervisedWriter({ dataDir, mode: 'idle' });
    await Promise.race([draftMade, starter.started]);
    await anyMoment(500);
    starter.process.kill('SIGKILL');
    await starter.closed;
    watcher.close();
    if ((await readdir(postgresDir)).includes('18')) break;
    killedBeforeTheEnd += 1;
  }
  expect(killedBeforeTheEnd).toBeGreaterThan(0);
  await using postgres = await startPostgres({ dataDir, engineDir: testEngineDir, settings });
  expect(postgres.pid).toBeGreaterThan(1);
  expect((await readdir(postgresDir)).sort()).toEqual(['18', 'supervisor.lock']);
});

test('when only the server dies, its end is reported and the same process can start it again', async () => {
  await using directory = await createTestDirectory();
  const options = { dataDir: directory.path, engineDir: testEngineDir, settings };
  const first = await startPostgres(options);
  const client = new pg.Client({ connectionString: first.connectionString });
  client.on('error', () => undefined);
  await client.connect();
  // A backend that computes does not notice that its server is gone; the new server must not start beside it.
  const begun = once(client, 'notice');
  let busy = true;
  const work = client
    .query(
      "do $$ begin raise notice 'begun'; perform count(md5(i::text)) from generate_series(1, 4000000) as i; end $$",
    )
    .catch(() => undefined)
    .finally(() => {
      busy = false;
    });
  await begun;
  process.kill(first.pid, 'SIGKILL');
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
  await first.stop();
  expect(busy).toBe(true);
  await using second = await startPostgres(options);
  expect(second.pid).not.toBe(first.pid);
  expect(busy).toBe(false);
  await work;
  await client.end();
});

async function listChildren(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('pgrep', ['-P', String(pid)]);
  return stdout.trim().split('\n').map(Number);
}

/** Backends come and go: one that was listed may have ended. */
function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
