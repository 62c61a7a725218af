/**
 * Receipts taken in and counted per second, and what one costs of database, WAL and files: batches of 1, 3, 7 and 64, keyless
 * and signed, beside one INSERT for each call in the same run. The longest stall is that of the hub's event loop while a
 * segment of 8 MiB is taken in. Making the batches is not counted.
 * Run: npm run build && node bench/intake.mjs [calls]
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { answerUnknownRoutes, defaultHubConfig, registerHub, serverOptions, startHub } from '@callable/hub';
import { addressOf, defaultPolicy, encodeSegment, largestSegment } from '@callable/protocol';
import { createClient, sendSegment } from '@callable/sdk';
import { joinAsNode, playBatches, publishBytes, randomKey } from '@callable/stand-ins';
import { fastify } from 'fastify';
import { sql } from 'kysely';
import { pino } from 'pino';
import { createCallsDesk } from '../packages/hub/dist/calls/desk/create-calls-desk.js';

const total = Number(process.argv[2] ?? 12_000);
const perSegment = 3_000;
const callTables = [
  'receipt',
  'segment',
  'receipt_run',
  'receipt_session',
  'receipt_gap',
  'uncounted_call',
  'release_caller',
];
const directory = await mkdtemp(join(tmpdir(), 'callable-intake-'));
const log = pino({ level: 'silent' });
const config = {
  ...{ ...defaultHubConfig, dataDir: directory, gateways: [], policy: { ...defaultPolicy, seeds: [] } },
  // Threads that compute blob IDs of the release would be counted as the cost of calls.
  walrusApi: { ...defaultHubConfig.walrusApi, identifyAfterMs: 3600_000 },
};
const hub = await startHub(config, { log });
const server = fastify({ ...serverOptions, loggerInstance: log, forceCloseConnections: true });
try {
  answerUnknownRoutes(server);
  await registerHub(server, hub.ctx);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${server.server.address().port}`;
  await measure((key) => createClient(url, { key, audiences: { hub: hub.ctx.rules.hub } }));
} finally {
  await server.close();
  await hub[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
}

async function measure(clientOf) {
  const node = randomKey();
  await joinAsNode(clientOf(node));
  const { digest: release } = await publishBytes(clientOf(randomKey()), Buffer.from('called'));
  const gateway = clientOf(hub.ctx.key);
  const callers = Array.from({ length: 100 }, randomKey);
  const batchesOf = (count, size, isSigned) => {
    const player = playBatches(node, addressOf(hub.ctx.key));
    const call = (i) => ({ release, caller: isSigned ? callers[i % callers.length] : null });
    return Array.from({ length: Math.ceil(count / size) }, (_, at) =>
      player.batch(Array.from({ length: Math.min(size, count - at * size) }, (_, i) => call(i))),
    );
  };
  const segmentsOf = (count, size, isSigned) => {
    const batches = batchesOf(count, size, isSigned);
    const each = Math.max(1, Math.floor(perSegment / size));
    return Array.from({ length: Math.ceil(batches.length / each) }, (_, i) =>
      encodeSegment({ failures: [], batches: batches.slice(i * each, (i + 1) * each) }),
    );
  };
  for (const [size, isSigned] of [
    [1, false],
    [3, false],
    [7, false],
    [64, false],
    [64, true],
  ])
    costInThread(size, isSigned, encodeSegment({ failures: [], batches: batchesOf(1_280, size, isSigned) }));
  await settle();
  const base = await inserts(release, Math.min(1_000, total / 4));
  row('one INSERT each', base, base);
  for (const size of [1, 3, 7, 64])
    for (const isSigned of [false, true]) {
      const segments = segmentsOf(total, size, isSigned);
      const found = await costOf(total, async () => {
        for (const bytes of segments) await sendSegment(gateway, bytes);
      });
      row(`batches of ${size}, ${isSigned ? 'signed' : 'keyless'}`, found, base);
    }
  for (const isSigned of [false, true]) await stallOf(gateway, batchesOf, isSigned);
}

/** What the thread does with a segment, alone: decode, check, count. CPU of the best of three rounds. */
function costInThread(size, isSigned, bytes) {
  const desk = createCallsDesk();
  const now = Date.now();
  const times = { oldest: now - 3600_000, now, newest: now + 60_000 };
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    const { ticket } = desk.open(bytes, addressOf(hub.ctx.key), times);
    desk.tally(ticket, { dropped: [], strangers: [], publishers: [], operators: [], probes: [], times });
    desk.close(ticket);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_280);
  }
  console.log(
    `in the thread, batches of ${size}, ${isSigned ? 'signed' : 'keyless'}: ${best.toFixed(0)} µs a call, ${(1e6 / best).toFixed(0)} calls/s a core`,
  );
}

/** The old shape: a row a call, its receipt as JSON. */
async function inserts(release, count) {
  const { db } = hub.ctx;
  const content = 'x'.repeat(1_700);
  return costOf(count, async () => {
    for (let i = 0; i < count; i++)
      await db
        .insertInto('receipt')
        .values({
          ...{
            id: randomBytes(32).toString('hex'),
            release,
            node: null,
            caller: `0x${randomBytes(20).toString('hex')}`,
          },
          ...{ at: Date.now(), outcome: 'failed', content, number: i, session: '', counted: true, batch: -1 },
        })
        .execute();
  });
}

async function costOf(count, work) {
  const before = await sizes();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await settle();
  const after = await sizes();
  const per = (name) => (after[name] - before[name]) / count;
  return { rate: count / seconds, cpu: (user + system) / count, db: per('db'), wal: per('wal'), files: per('files') };
}

/** Until all that is filed stands under its statement. */
async function settle() {
  for (;;) {
    const { rows } = await sql`select from segment where file like 'incoming/%' limit 1`.execute(hub.ctx.db);
    if (rows.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function sizes() {
  const { rows } = await sql`
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as wal,
      (select sum(pg_total_relation_size(oid)) from pg_class where relname = any(${callTables}))::float8 as db`.execute(
    hub.ctx.db,
  );
  return { ...rows[0], files: await bytesIn(join(directory, 'log', 'receipts')) };
}

async function bytesIn(path) {
  const names = await readdir(path).catch(() => []);
  const all = await Promise.all(names.map((name) => stat(join(path, name))));
  return all.reduce((sum, { size }) => sum + size, 0);
}

async function stallOf(gateway, batchesOf, isSigned) {
  const count = Math.floor((largestSegment - 10_000) / (isSigned ? 304 : 181) / 64) * 64;
  const bytes = encodeSegment({ failures: [], batches: batchesOf(count, 64, isSigned) });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = performance.now();
  await sendSegment(gateway, bytes, { sha256: await hub.ctx.calls.reading.ask('hash', bytes) });
  const ms = performance.now() - begun;
  delay.disable();
  console.log(
    `a segment of ${(bytes.length / 2 ** 20).toFixed(1)} MiB, ${count} ${isSigned ? 'signed' : 'keyless'} calls: ` +
      `${ms.toFixed(0)} ms (${((1000 * count) / ms).toFixed(0)} calls/s); longest stall of the event loop ${(delay.max / 1e6).toFixed(0)} ms`,
  );
}

function row(name, { rate, cpu, db, wal, files }, base) {
  console.log(
    `${name.padEnd(24)} ${rate.toFixed(0).padStart(7)} /s (${(rate / base.rate).toFixed(1)} x)  CPU ${cpu.toFixed(0).padStart(4)} µs  ` +
      `database ${db.toFixed(0).padStart(5)} B  WAL ${wal.toFixed(0).padStart(5)} B  file ${files.toFixed(0).padStart(4)} B a call`,
  );
}
