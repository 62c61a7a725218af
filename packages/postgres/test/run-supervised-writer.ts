import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { testEngineDir } from './test-engine-dir.ts';

export interface SupervisedWriter {
  readonly process: ChildProcess;
  readonly acked: ReadonlySet<string>;
  /** Waits for `count` acknowledged batches in all. */
  waitForAcked(count: number): Promise<void>;
  /** Pid and URL of its server; rejects with what it said when it failed instead. */
  readonly started: Promise<{ pid: number; url: string }>;
  /** Everything it said has been read, and it has ended. */
  readonly closed: Promise<void>;
}

export interface WriterOptions {
  readonly dataDir: string;
  readonly mode: 'write' | 'once' | 'idle';
  readonly uid?: number;
}

/** Runs test/supervised-writer.mjs on the supervisor as it is in src, which a plain Node cannot read. */
export async function runSupervisedWriter({ dataDir, mode, uid }: WriterOptions): Promise<SupervisedWriter> {
  compiled ??= compilePostgres();
  const script = fileURLToPath(new URL('supervised-writer.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, await compiled, dataDir, testEngineDir, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const acked = new Set<string>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const [word, batch] = line.split(' ');
    if (word === 'acked' && batch) acked.add(batch);
  });
  const started = new Promise<{ pid: number; url: string }>((resolve, reject) => {
    lines.once('line', (line) => {
      const [word, pid, url] = line.split(' ');
      if (word === 'started' && url) resolve({ pid: Number(pid), url });
      else reject(new Error(line));
    });
    child.once('close', () => reject(new Error('It ended without a word.')));
  });
  // Not every test waits for it.
  started.catch(() => undefined);
  return {
    process: child,
    acked,
    started,
    closed: once(child, 'close').then(() => undefined),
    async waitForAcked(count) {
      await started;
      while (acked.size < count) await once(lines, 'line');
    },
  };
}

let compiled: Promise<string> | undefined;

/** Below the checkout's node_modules, so that what the supervisor imports is found; under the name of its content. */
async function compilePostgres(): Promise<string> {
  const source = fileURLToPath(new URL('../src', import.meta.url));
  const names = (await readdir(source, { recursive: true })).filter((name) => /(?<!\.test)\.ts$/.test(name)).sort();
  const outputs = await Promise.all(names.map(async (name) => transpile(await readFile(join(source, name), 'utf8'))));
  const digest = createHash('sha256')
    .update(JSON.stringify([names, outputs]))
    .digest('hex')
    .slice(0, 16);
  const cache = fileURLToPath(new URL('../../../node_modules/.cache/callable/', import.meta.url));
  const target = join(cache, `postgres-${digest}`);
  const draft = `${target}.${process.pid}`;
  for (const [index, name] of names.entries()) {
    const path = join(draft, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, outputs[index] ?? '');
  }
  await writeFile(join(draft, 'package.json'), '{ "type": "module" }');
  // Another test file may have been faster.
  await rename(draft, target).catch(() => rm(draft, { recursive: true }));
  return pathToFileURL(join(target, 'start-postgres.js')).href;
}

async function transpile(text: string): Promise<string> {
  const relative = /(?<=from "\.{1,2}\/[^"]*)\.ts(?=")/g;
  return (await transform(text, { loader: 'ts', target: 'es2022' })).code.replaceAll(relative, '.js');
}
