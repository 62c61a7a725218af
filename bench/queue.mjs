/**
 * Leases per second from a queue of 10 ready jobs and from one of 10 000 of 1000 publishers: what a long queue costs.
 * Placing what has just become due is measured apart; it is done once for each job. On an embedded PostgreSQL, or that of DATABASE_URL.
 * Run: npx tsc -b packages/hub && node bench/queue.mjs [seconds]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../packages/hub/dist/db/migrate.js';
import { openDatabase } from '../packages/hub/dist/db/open-database.js';
import { leaseJob } from '../packages/hub/dist/jobs/lease-job.js';
import { releaseLease } from '../packages/hub/dist/jobs/return-job.js';
import { startPostgres } from '../packages/postgres/dist/start-postgres.js';

const seconds = Number(process.argv[2] ?? 5);
const root = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const postgres = process.env.DATABASE_URL ? null : await startPostgres({ dataDir: root, log() {} });
const database = openDatabase({ server: process.env.DATABASE_URL ?? postgres.connection });
const { db } = database;
const ctx = { db, clock: Date.now };
const plain = database.connect();

try {
  await plain.connect();
  await migrate(db);
  const rates = [];
  console.log('warming up:');
  await measure(10, 10);
  for (const [jobs, publishers] of [
    [10, 10],
    [10_000, 1000],
    [10_000, 1],
  ])
    rates.push(await measure(jobs, publishers));
  console.log(`10 000 of 1000 publishers beside 10: ${(rates[1] / rates[0]).toFixed(2)}`);
} finally {
  await plain.end();
  await database[Symbol.asyncDispose]();
  await postgres?.stop();
  await rm(root, { recursive: true, force: true });
}

/** Leases and settlings a second; what is settled is due again at once, so that the queue keeps its length. */
async function measure(jobs, publishers) {
  await plain.query('truncate job, job_lane, job_turn, release cascade');
  await plain.query(
    `insert into release (digest, publisher, name, version, manifest, bytes, published_at, search)
     select 'sha256:' || n, '0x' || (n % $2::integer), 'm' || n, '1.0.0', '{}', 1, 1, '' from generate_series(1, $1) as n`,
    [jobs, publishers],
  );
  await plain.query(
    `insert into job (id, release, step, assignee, state, run_at, created_at)
     select n, 'sha256:' || n, 'store', '', 'ready', n, n from generate_series(1, $1) as n`,
    [jobs],
  );
  const began = performance.now();
  await releaseLease(ctx, await leaseJob(ctx, '', 60_000));
  const placing = performance.now() - began;
  // As autovacuum does once a tenth of a table has changed.
  await plain.query('analyze');
  let leases = 0;
  const from = performance.now();
  for (; performance.now() - from < seconds * 1000; leases++) {
    const job = await leaseJob(ctx, '', 60_000);
    await db.updateTable('job').set({ state: 'ready', turn: null }).where('id', '=', job.id).execute();
  }
  const rate = leases / seconds;
  console.log(
    `${jobs} jobs of ${publishers} publishers: ${rate.toFixed(0)} leases/s; the first, which places all: ${placing.toFixed(0)} ms`,
  );
  return rate;
}
