/**
 * The figures of activation at 100 releases and at 100 000: p50 and p95 of one read, and of asking the memory of the hub.
 * On an embedded PostgreSQL, or that of DATABASE_URL.
 * Run: npm run build && node bench/activation.mjs [reads]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActivationFigures } from '../packages/hub/dist/activation/activation-figures.js';
import { readActivation } from '../packages/hub/dist/activation/read-activation.js';
import { migrate } from '../packages/hub/dist/db/migrate.js';
import { openDatabase } from '../packages/hub/dist/db/open-database.js';
import { startPostgres } from '../packages/postgres/dist/start-postgres.js';

const reads = Number(process.argv[2] ?? 40);
const root = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const postgres = process.env.DATABASE_URL ? null : await startPostgres({ dataDir: root, log() {} });
const database = openDatabase({ server: process.env.DATABASE_URL ?? postgres.connection });
const { db } = database;
const plain = database.connect();

try {
  await plain.connect();
  await migrate(db);
  const ctx = { db, clock: Date.now };
  const [few, many] = [await measure(ctx, 100), await measure(ctx, 100_000)];
  console.log(`100 000 beside 100, p95 of what a page waits for: ${(many / few).toFixed(2)}`);
} finally {
  await plain.end();
  await database[Symbol.asyncDispose]();
  await postgres?.stop();
  await rm(root, { recursive: true, force: true });
}

/** Of ten releases one stops at each stage; half of those that can be called are. Returns the p95 that a page sees, ms. */
async function measure(ctx, releases) {
  const now = Date.now();
  await plain.query('truncate release_stage');
  await plain.query(
    `insert into release_stage select 'sha256:' || n, $2::bigint - n % 1000000, 100 + n % 977, 1000 + n % 9973,
       2000 + n % 99991, case when n % 2 = 0 then 5000 + n % 999983 end, case when n % 4 = 0 then 9000 + n % 999983 end,
       case when n % 10 > 0 then $2::bigint + 1e9::bigint else 0 end, case when n % 10 > 1 then $2::bigint + 1e9::bigint else 0 end,
       case when n % 10 > 2 then $2::bigint + 1e9::bigint else 0 end, case when n % 10 > 5 then $2::bigint + 1e9::bigint else 0 end, true
     from generate_series(1, $1::bigint) as n`,
    [releases, now],
  );
  await plain.query('analyze release_stage');
  const read = await timed(() => readActivation(ctx));
  // Somebody asks every three seconds, so that each time the figure has to be read anew.
  let clock = now;
  const figures = createActivationFigures({ db: ctx.db, clock: () => clock });
  await figures();
  const asked = await timed(
    () => {
      clock += 3000;
      return figures();
    },
    // As far as the read behind it goes before the next one asks.
    () => new Promise((resolve) => setTimeout(resolve, 2 * Number(read.p50))),
  );
  console.log(
    `${releases} releases: one read p50 ${read.p50} ms, p95 ${read.p95} ms; asked every 3 s: p95 ${asked.p95} ms`,
  );
  return Math.max(0.01, Number(asked.p95));
}

async function timed(act, between = async () => {}) {
  const times = [];
  for (let n = 0; n < reads; n++) {
    const began = performance.now();
    await act();
    times.push(performance.now() - began);
    await between();
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(2);
  return { p50: at(0.5), p95: at(0.95) };
}
