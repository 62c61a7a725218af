// MB/s of a backup and of a restore beside a plain copy of the same bytes, and the most memory they took. Whole processes,
// as an operator runs them, on a hub that is stopped: files of 64 MB, and as many bytes of rows.
// Run after `npm run build`: node bench/backup.mjs [MB of files] [MB of rows]
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createHubContext, defaultHubConfig } from '@callable/hub';
import { sql } from 'kysely';
import { pino } from 'pino';
import { writeWeights } from './support/plain.mjs';

const fileMB = Number(process.argv[2] ?? 512);
const rowMB = Number(process.argv[3] ?? 128);
const each = 64e6;
const work = mkdtempSync(join(tmpdir(), 'callable-bench-backup-'));
const at = (name) => join(work, name);
const bin = fileURLToPath(new URL('../packages/cli/bin/callable.js', import.meta.url));

try {
  await fill();
  const bytes = (fileMB + rowMB) * 1e6;
  await measure('cp -r and sync', fileMB * 1e6, () => timed(copyPlainly()));
  const made = await measure('callable backup', bytes, () =>
    run(['backup', '--data', at('data'), '--to', at('backup'), '--keys', 'encrypt']),
  );
  const back = await measure('callable restore', bytes, () => run(['restore', at('backup'), '--data', at('restored')]));
  const idle = await run(['--help']);
  console.log(`most resident: backup ${MB(made.peak)}, restore ${MB(back.peak)}, callable --help ${MB(idle.peak)}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function fill() {
  const config = { ...defaultHubConfig, dataDir: at('data/hub'), gateways: [] };
  const hub = await createHubContext(config, { log: pino({ level: 'silent' }) });
  await sql`insert into release (digest, publisher, name, version, manifest, bytes, published_at, search)
    values ('sha256:r', 'p', 'n', '1.0.0', '{}', 1, 1, '')`.execute(hub.db);
  for (let n = 0; n < fileMB / 64; n++) {
    await writeWeights(at('file'), each);
    const hash = createHash('sha256');
    for await (const piece of createReadStream(at('file'))) hash.update(piece);
    const sha256 = hash.digest('hex');
    mkdirSync(at(`data/hub/blobs/${sha256.slice(0, 2)}`), { recursive: true });
    renameSync(at('file'), at(`data/hub/blobs/${sha256.slice(0, 2)}/${sha256}`));
    await sql`insert into release_file (sha256, release) values (${sha256}, 'sha256:r')`.execute(hub.db);
  }
  await sql`insert into receipt (id, release, node, caller, at, outcome, content, counted)
    select n::text, 'sha256:r', 'node', 'caller', 1, 'good', repeat('x', 900), true
    from generate_series(1, ${rowMB * 1000}) n`.execute(hub.db);
  await hub[Symbol.asyncDispose]();
}

async function measure(name, bytes, work) {
  const { seconds, peak } = await work();
  console.log(
    `${name.padEnd(18)} ${seconds.toFixed(1).padStart(6)} s ${(bytes / 1e6 / seconds).toFixed(0).padStart(6)} MB/s`,
  );
  return { seconds, peak };
}

async function copyPlainly() {
  await cp(at('data/hub/blobs'), at('plain'), { recursive: true });
  execFileSync('sync', ['-f', at('plain')]);
}

async function timed(promise) {
  const start = performance.now();
  await promise;
  return { seconds: (performance.now() - start) / 1000, peak: 0 };
}

/** The process itself: what PostgreSQL takes beside it is bounded by its settings. */
async function run(words) {
  const start = performance.now();
  const env = { ...process.env, CALLABLE_PREPARED: '1', CALLABLE_BACKUP_PASSPHRASE: 'correct horse battery staple' };
  const child = spawn(process.execPath, [bin, ...words], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  let code = null;
  child.once('exit', (exit) => {
    code = exit ?? -1;
  });
  let peak = 0;
  while (code === null) {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    await delay(20);
  }
  if (code !== 0) throw new Error(`callable ${words[0]} ended with ${code}.`);
  return { seconds: (performance.now() - start) / 1000, peak };
}

function MB(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
