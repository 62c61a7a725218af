/**
 * Figures of home (the network), of releases, publishers and nodes, and rankings: p50 and p95 of what the hub takes to answer, at 100
 * releases and at 100,000 with ten million receipts. The kept figures of 28 days are written as the job keeps them (calls and
 * callers by Zipf); no background job runs meanwhile. On an embedded PostgreSQL, or that of DATABASE_URL.
 * Run: npm run build && node bench/figures.mjs [reads] [releases]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptySums, weighCaller } from '@callable/protocol';
import { sql } from 'kysely';
import { migrate } from '../packages/hub/dist/db/migrate.js';
import { openDatabase } from '../packages/hub/dist/db/open-database.js';
import { keepWhole } from '../packages/hub/dist/usage/figures/keep-whole.js';
import { packCallers } from '../packages/hub/dist/usage/figures/pack-callers.js';
import { kindCodes } from '../packages/hub/dist/usage/figures/subject.js';
import { writeWindows } from '../packages/hub/dist/usage/figures/write-windows.js';
import { viewRanking } from '../packages/hub/dist/usage/view-ranking.js';
import { viewUsage } from '../packages/hub/dist/usage/view-usage.js';
import { startPostgres } from '../packages/postgres/dist/start-postgres.js';

const reads = Number(process.argv[2] ?? 300);
const largest = Number(process.argv[3] ?? 100_000);
const days = 28;
const today = 20_600;
const dayMs = 86_400_000;
const keys = 200_000;
const root = await mkdtemp(join(tmpdir(), 'callable-figures-'));
const postgres = process.env.DATABASE_URL ? null : await startPostgres({ dataDir: root, log() {} });
const database = openDatabase({ server: process.env.DATABASE_URL ?? postgres.connection });
const { db } = database;
const plain = database.connect();
const ctx = { db, clock: () => today * dayMs + 43_200_000 };

try {
  await plain.connect();
  await migrate(db);
  const few = await measure(100, 10_000);
  const many = await measure(largest, 10_000_000);
  for (const [what, { p95 }] of many) {
    const ratio = p95 / few.get(what).p95;
    console.log(
      `${p95 <= 50 && ratio <= 2 ? 'good' : 'BAD '}  ${what}: p95 ${p95.toFixed(1)} ms (bound 50), ${ratio.toFixed(2)} times that at 100 releases (bound 2)`,
    );
  }
  console.log(`load average ${loadavg()[0].toFixed(1)}`);
} finally {
  await plain.end();
  await database[Symbol.asyncDispose]();
  await postgres?.stop();
  await rm(root, { recursive: true, force: true });
}

async function measure(releases, receipts) {
  const publishers = Math.max(5, Math.floor(releases / 20));
  const nodes = Math.max(5, Math.floor(releases / 500));
  await write(releases, publishers, nodes, receipts);
  const pick = zipf(releases);
  const hex = (n, length) => n.toString(16).padStart(length, '0');
  const release = (n) => `sha256:${hex(n, 64)}`;
  const found = new Map();
  const time = async (what, act) => found.set(what, await timed(act));
  await time('home: figures of the network', () => viewUsage(ctx, { days: 7 }));
  await time('a release, as often as it is called', () => viewUsage(ctx, { release: release(pick()), days: 7 }));
  await time('a release, each alike', () =>
    viewUsage(ctx, { release: release(Math.floor(Math.random() * releases)), days: 7 }),
  );
  await time('the most used release', () => viewUsage(ctx, { release: release(0), days: 7 }));
  await time('a publisher', () =>
    viewUsage(ctx, { publisher: `0x${hex(1_000_000 + Math.floor(Math.random() * publishers), 40)}`, days: 7 }),
  );
  await time('a node', () => viewUsage(ctx, { node: `0x${hex(Math.floor(Math.random() * nodes), 40)}`, days: 7 }));
  for (const by of ['use', 'rising', 'success'])
    for (const kind of ['release', 'publisher'])
      await time(`ranking of ${kind}s by ${by}`, () => viewRanking(ctx, { kind, by, limit: 50 }));
  console.log(`${releases} releases, ${receipts} receipts in ${days} days`);
  for (const [what, { p50, p95 }] of found)
    console.log(`  ${what.padEnd(40)} p50 ${p50.toFixed(1).padStart(6)} ms  p95 ${p95.toFixed(1).padStart(6)} ms`);
  return found;
}

/** Rows as `keepFigure` writes them, by the thousand. */
async function write(releases, publishers, nodes, receipts) {
  await plain.query('truncate release, release_stage, release_state, usage_figure, usage_window, node_state cascade');
  await plain.query(
    `insert into release (digest, publisher, name, version, manifest, bytes, published_at, search)
     select 'sha256:' || lpad(to_hex(n), 64, '0'), '0x' || lpad(to_hex(1000000 + n % $2), 40, '0'), 'model' || n, '1.0.0', '{}', 1000, 0, ''
     from generate_series(0, $1::bigint - 1) as n`,
    [releases, publishers],
  );
  await plain.query(
    `insert into release_stage select digest, 0, 1, 1, 1, 1, 1, 9e15::bigint, 9e15::bigint, 9e15::bigint, 9e15::bigint, true from release`,
  );
  await plain.query(
    `insert into node_state (node, operator, convicted, state, wrong, statement_seq)
     select '0x' || lpad(to_hex(n), 40, '0'), '0x' || lpad(to_hex(n), 40, '0'), false, '{}', 0, 0 from generate_series(0, $1::bigint - 1) as n`,
    [nodes],
  );
  let weights = 0;
  for (let n = 0; n < releases; n++) weights += 1 / (n + 1);
  const perDay = receipts / days;
  const batch = [];
  for (let day = today - days + 1; day <= today; day++) {
    const ofPublisher = new Map();
    const ofNode = new Map();
    const ofAll = new Map();
    for (let n = 0; n < releases; n++) {
      const expected = perDay / ((n + 1) * weights);
      const calls = Math.floor(expected) + (Math.random() < expected % 1 ? 1 : 0);
      if (calls === 0) continue;
      // Who calls calls four times a day.
      const callers = new Map();
      for (let left = calls; left > 0; left -= 4) callers.set(Math.floor(Math.random() * keys), Math.min(4, left));
      await keep(batch, kindCodes.release, n, 64, day, callers);
      for (const [of, key] of [
        [ofPublisher, n % publishers],
        [ofNode, n % nodes],
        [ofAll, 0],
      ])
        merge(of, key, callers);
    }
    for (const [n, callers] of ofPublisher) await keep(batch, kindCodes.publisher, 1_000_000 + n, 40, day, callers);
    for (const [n, callers] of ofNode) await keep(batch, kindCodes.node, n, 40, day, callers);
    for (const [, callers] of ofAll) await keep(batch, kindCodes.network, 0, 0, day, callers);
  }
  await flush(batch);
  await db.transaction().execute((tx) => writeWindows(tx, today, sql`select distinct kind, subject from usage_figure`));
  const { rows } = await plain.query(
    `select kind, subject from usage_figure where day > $1 group by 1, 2 having sum(length(callers)) > 50000`,
    [today - 7],
  );
  for (const subject of rows) await db.transaction().execute((tx) => keepWhole(tx, subject, today));
  await plain.query('analyze');
}

function merge(of, key, callers) {
  const known = of.get(key) ?? new Map();
  of.set(key, known);
  for (const [caller, calls] of callers) known.set(caller, (known.get(caller) ?? 0) + calls);
}

async function keep(batch, kind, n, length, day, callers) {
  const sums = emptySums();
  const list = [];
  for (const [caller, calls] of callers) {
    const since = today - days - (caller % 30);
    list.push({
      ...{ caller: `0x${caller.toString(16).padStart(40, '0')}`, since, calls },
      ...{ isVoice: true, isRelier: caller % 10 === 0, isJudge: false },
    });
    sums.evidenced += calls;
    sums.trusted.weight += weighCaller(calls, 7);
    sums.trusted.calls += calls;
    sums.trusted.networkDays++;
    if (caller % 10 === 0) sums.relied.trusted += calls;
  }
  sums.claimed = sums.evidenced;
  batch.push([kind, length === 0 ? '' : n.toString(16).padStart(length, '0'), day, sums, list]);
  if (batch.length >= 2_000) await flush(batch);
}

async function flush(batch) {
  const rows = batch.splice(0);
  await plain.query(
    `insert into usage_figure (kind, subject, day, sums, weight, claimed, evidenced, unanswered, relied, calls, voices, reliers, callers, counted)
     select kind, decode(subject, 'hex'), day, sums, weight, calls, calls, 0, relied, calls, voices, reliers, decode(callers, 'hex'), 0
     from unnest($1::smallint[], $2::text[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::integer[], $9::integer[], $10::text[])
       as given (kind, subject, day, sums, weight, calls, relied, voices, reliers, callers)`,
    [
      rows.map(([kind]) => kind),
      rows.map(([, subject]) => subject),
      rows.map(([, , day]) => day),
      rows.map(([, , , sums]) => JSON.stringify(sums)),
      rows.map(([, , , sums]) => sums.trusted.weight),
      rows.map(([, , , sums]) => sums.evidenced),
      rows.map(([, , , sums]) => sums.relied.trusted),
      rows.map(([, , , , list]) => list.length),
      rows.map(([, , , , list]) => list.filter(({ isRelier }) => isRelier).length),
      rows.map(([, , , , list]) => packCallers(list).toString('hex')),
    ],
  );
}

/** Draws places as they are called. */
function zipf(count) {
  const sums = [];
  let sum = 0;
  for (let n = 0; n < count; n++) {
    sum += 1 / (n + 1);
    sums.push(sum);
  }
  return () => {
    const drawn = Math.random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

async function timed(act) {
  const times = [];
  for (let n = 0; n < reads; n++) {
    const began = performance.now();
    await act();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(reads * 0.5)], p95: times[Math.floor(reads * 0.95)] };
}
