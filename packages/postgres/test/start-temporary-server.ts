import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireDataLock } from '@callable/disk';
import { stopOrphan } from '../src/process/stop-orphan.ts';
import { startPostgres } from '../src/start-postgres.ts';
import { testEngineDir } from './test-engine-dir.ts';

const DATA_PREFIX = 'callable-test-data-';

/** A server of its own in a temporary directory, both gone when disposed. */
export async function startTemporaryServer(): Promise<AsyncDisposable & { url: string }> {
  await removeLeftovers();
  const dataDir = await mkdtemp(join(tmpdir(), DATA_PREFIX));
  const postgres = await startPostgres({
    dataDir,
    engineDir: testEngineDir,
    // Nothing here outlives the run, and every test file opens pools.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  return {
    url: postgres.connectionString,
    async [Symbol.asyncDispose]() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A run that was killed leaves its server and data. Those of runs still going on are locked. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(DATA_PREFIX)) continue;
    const path = join(tmpdir(), name);
    const postgresDir = join(path, 'postgres');
    try {
      // Absent in a run that is just starting, or died just then: left to the system.
      const majors = (await readdir(postgresDir)).filter((entry) => /^\d+$/.test(entry));
      await using _lock = await acquireDataLock(postgresDir, 'supervisor');
      for (const major of majors) await stopOrphan(join(postgresDir, major, 'data'));
    } catch {
      continue;
    }
    await rm(path, { recursive: true, force: true });
  }
}
