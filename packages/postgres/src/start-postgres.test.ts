import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDirectory } from '../test/create-test-directory.ts';
import { runSupervisedWriter } from '../test/run-supervised-writer.ts';
import { testEngineDir } from '../test/test-engine-dir.ts';
import { copyEngine } from './engine/copy-engine.ts';
import { findBundledEngine } from './engine/find-bundled-engine.ts';
import { findRunningServer } from './find-running-server.ts';
import { type EmbeddedPostgres, type PostgresOptions, startPostgres } from './start-postgres.ts';

const isRoot = process.getuid?.() === 0;

/** Some are killed: what they share must lie where the test cleans up. */
const settings = { dynamic_shared_memory_type: 'mmap' };
const start = (options: PostgresOptions) => startPostgres({ engineDir: testEngineDir, settings, ...options });

async function ask(postgres: Pick<EmbeddedPostgres, 'connectionString'>, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgres.connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

test('starts on nothing, keeps what was written, and leaves no process behind', async () => {
  await using directory = await createTestDirectory();
  const dataDir = join(directory.path, 'new', 'data');
  expect(await findRunningServer(dataDir)).toBe('none');
  const first = await start({ dataDir });
  await ask(first, "create table note as select 'kept' as text");
  expect(await findRunningServer(dataDir)).toEqual(first.connection);
  await first.stop();
  expect(await findRunningServer(dataDir)).toBe('stopped');
  await first.stop();
  expect(await first.exited).toEqual({ code: 0, signal: null });
  expect(() => process.kill(first.pid, 0)).toThrow('ESRCH');

  await using second = await start({ dataDir });
  expect(await ask(second, 'select text from note')).toEqual(['kept']);
  expect(new pg.Client({ ...second.connection })).toMatchObject({ user: 'callable', database: 'postgres' });
});

test('waits for the disk before it acknowledges a write, and tells no log what was written', async () => {
  await using directory = await createTestDirectory();
  const lines: string[] = [];
  await using postgres = await start({ dataDir: directory.path, log: (line) => lines.push(line) });
  expect(
    await ask(
      postgres,
      `select current_setting(name) from unnest(array['fsync', 'full_page_writes', 'synchronous_commit',
        'data_checksums', 'listen_addresses', 'unix_socket_permissions']) as name`,
    ),
  ).toEqual(['on', 'on', 'on', 'on', '', '0700']);
  await ask(postgres, 'create table secret (value text unique)');
  await ask(postgres, "insert into secret values ('hunter2')");
  await expect(ask(postgres, "insert into secret values ('hunter2')")).rejects.toThrow('duplicate key');
  await expect(ask(postgres, "select 'hunter2'::integer")).rejects.toThrow('invalid input');
  await postgres.stop();
  expect(lines.join('\n')).toContain('ready to accept connections');
  expect(lines.join('\n')).not.toContain('hunter2');
});

test('a second supervisor is told who runs the data, and the first one notices nothing', async () => {
  await using directory = await createTestDirectory();
  await using postgres = await start({ dataDir: directory.path });
  await expect(start({ dataDir: directory.path })).rejects.toThrow(`(process ${process.pid})`);
  const other = await runSupervisedWriter({ dataDir: directory.path, mode: 'idle' });
  await expect(other.started).rejects.toThrow(`(process ${process.pid})`);
  expect(await ask(postgres, 'select 1')).toEqual([1]);
});

test('of four processes starting on the same new directory at once, one runs it', async () => {
  await using directory = await createTestDirectory();
  const starters = await Promise.all(
    [1, 2, 3, 4].map(() => runSupervisedWriter({ dataDir: directory.path, mode: 'idle' })),
  );
  const outcomes = await Promise.allSettled(starters.map(({ started }) => started));
  for (const starter of starters) starter.process.kill('SIGKILL');
  await Promise.all(starters.map(({ closed }) => closed));
  await using _takeover = await start({ dataDir: directory.path });
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(String(outcome.reason)).toContain('A database already runs on');
  }
});

test('a path too long for a socket is served on loopback, to whoever knows the password', async () => {
  await using directory = await createTestDirectory();
  const dataDir = join(directory.path, 'a-very-long-name-'.repeat(7));
  expect(dataDir.length).toBeGreaterThan(107);
  await using postgres = await start({ dataDir });
  expect(postgres.connection.host).toBe('127.0.0.1');
  expect(await ask(postgres, 'select host(inet_client_addr())')).toEqual(['127.0.0.1']);
  expect(await findRunningServer(dataDir)).toEqual(postgres.connection);
  const guess = new URL(postgres.connectionString);
  guess.password = 'guess';
  await expect(ask({ connectionString: guess.href }, 'select 1')).rejects.toThrow('password authentication failed');
});

test('an aborted start ends what it started, and an aborted server shuts down', async () => {
  await using directory = await createTestDirectory();
  const early = new AbortController();
  const starting = start({ dataDir: directory.path, signal: early.signal });
  early.abort(new Error('changed my mind'));
  await expect(starting).rejects.toThrow('changed my mind');

  const late = new AbortController();
  const postgres = await start({ dataDir: directory.path, signal: late.signal });
  late.abort();
  expect(await postgres.exited).toEqual({ code: 0, signal: null });
  await using again = await start({ dataDir: directory.path });
  expect(await ask(again, 'select 1')).toEqual([1]);
});

test('data of a version that is not here is refused, not replaced by an empty database', async () => {
  await using directory = await createTestDirectory();
  await mkdir(join(directory.path, 'postgres', '12', 'data'), { recursive: true });
  await expect(start({ dataDir: directory.path })).rejects.toThrow('written by PostgreSQL 12, which is not installed');
  expect(await readdir(join(directory.path, 'postgres'))).toEqual(['12']);
});

describe('lock files of a dead server whose pid', () => {
  let directory: Awaited<ReturnType<typeof createTestDirectory>>;
  let dataDir: string;

  beforeAll(async () => {
    directory = await createTestDirectory();
    dataDir = directory.path;
    await (await start({ dataDir })).stop();
  });
  afterAll(() => directory[Symbol.asyncDispose]());

  const leaveLocks = async (pid: number): Promise<void> => {
    const cluster = join(dataDir, 'postgres', '18', 'data');
    const owner = await stat(cluster);
    for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock']) {
      await writeFile(join(cluster, name), `${pid}\n${cluster}\n1700000000\n5432\n.\n\n  1 2\nready\n`, {
        mode: 0o600,
      });
      await chown(join(cluster, name), owner.uid, owner.gid);
    }
    await writeFile(join(dataDir, 'postgres', 'supervisor.lock'), JSON.stringify({ pid, startedAt: '1' }));
  };

  test('now belongs to a stranger who calls itself postgres: the start succeeds and the stranger lives', async () => {
    // The same user as the server's, for whom PostgreSQL takes any live process for its old self.
    const user = isRoot ? { uid: 65534, gid: 65534 } : {};
    const stranger = spawn('/bin/sleep', ['1000'], { argv0: 'postgres', ...user });
    try {
      await leaveLocks(stranger.pid!);
      await using postgres = await start({ dataDir });
      expect(await ask(postgres, 'select 1')).toEqual([1]);
      expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  test('now belongs to the supervisor itself, as in every restarted container', async () => {
    await leaveLocks(process.pid);
    await using postgres = await start({ dataDir });
    expect(await ask(postgres, 'select 1')).toEqual([1]);
  });

  test('is no number', async () => {
    await leaveLocks(Number.NaN);
    await using postgres = await start({ dataDir });
    expect(await ask(postgres, 'select 1')).toEqual([1]);
  });
});

describe.runIf(isRoot)('as root', () => {
  test('serves data below a directory that only root can enter, without opening it', async () => {
    await using directory = await createTestDirectory();
    await chmod(directory.path, 0o700);
    await using postgres = await start({ dataDir: join(directory.path, 'data') });
    expect(await ask(postgres, 'select 1')).toEqual([1]);
    expect((await stat(directory.path)).mode & 0o777).toBe(0o700);
    expect((await stat(`/proc/${postgres.pid}`)).uid).not.toBe(0);
  });

  test('gives data restored by root to the server, as private as it has to be', async () => {
    await using directory = await createTestDirectory();
    await (await start({ dataDir: directory.path })).stop();
    const cluster = join(directory.path, 'postgres', '18');
    for (const name of ['', ...(await readdir(cluster, { recursive: true }))]) await chown(join(cluster, name), 0, 0);
    await chmod(join(cluster, 'data'), 0o755);
    await using postgres = await start({ dataDir: directory.path });
    expect(await ask(postgres, 'select 1')).toEqual([1]);
  });

  test('an ordinary user starts its own, root can run it for them, and what root made is refused to them', async (context) => {
    const script = fileURLToPath(new URL('../test/supervised-writer.mjs', import.meta.url));
    const reachable = spawnSync(process.execPath, ['--check', script], { uid: 65534, gid: 65534 }).status === 0;
    context.skip(!reachable, 'this checkout lies where only root can enter');
    await using directory = await createTestDirectory();
    await using warm = await start({ dataDir: join(directory.path, 'root') });
    await chmod(directory.path, 0o777);
    const dataDir = join(directory.path, 'theirs');
    const theirs = await runSupervisedWriter({ dataDir, mode: 'once', uid: 65534 });
    expect((await theirs.started).pid).toBeGreaterThan(1);
    await theirs.closed;
    await (await start({ dataDir })).stop();
    const again = await runSupervisedWriter({ dataDir, mode: 'once', uid: 65534 });
    await again.started;
    await again.closed;

    await warm.stop();
    const refused = await runSupervisedWriter({ dataDir: join(directory.path, 'root'), mode: 'once', uid: 65534 });
    await expect(refused.started).rejects.toThrow(/permission denied|belongs to/i);
  });
});

test('the programs are installed whole or not at all, by three starters at once', async () => {
  await using directory = await createTestDirectory();
  const bundled = (await findBundledEngine())!;
  const engineDir = join(directory.path, 'engine');
  const binDirs = await Promise.all(Array.from({ length: 3 }, () => copyEngine(bundled, engineDir)));
  expect(new Set(binDirs).size).toBe(1);
  expect(await readdir(engineDir)).toEqual([bundled.version]);
  const [code] = await once(spawn(join(binDirs[0]!, 'postgres'), ['--version']), 'exit');
  expect(code).toBe(0);
});
