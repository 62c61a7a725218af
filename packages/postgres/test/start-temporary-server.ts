import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../src/start-postgres.ts';
import { testEngineDir } from './test-engine-dir.ts';

/** A server of its own in a temporary directory, both gone when disposed, or ended by the guard of the run. */
export async function startTemporaryServer(): Promise<AsyncDisposable & { url: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'callable-test-data-'));
  const postgres = await startPostgres({
    dataDir,
    engineDir: testEngineDir,
    // Nothing here outlives the run, and every test file opens pools.
    settings: {
      ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
      // In its own directory: what a killed server leaves in /dev/shm nobody removes.
      dynamic_shared_memory_type: 'mmap',
    },
  });
  return {
    url: postgres.connectionString,
    async [Symbol.asyncDispose]() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
