// Makes a checkout runnable: installs what is missing, emits what is stale. When nothing changed it costs one look at
// the times of the sources. Plain Node without dependencies: it runs before there are any.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { emit, isEmitted } from './emit.mjs';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Installs and emits where needed. Says so on stderr, one line each; throws an Error with what npm or esbuild said when
 * that fails. Several processes at once wait for the first.
 */
export async function prepare(root = checkout) {
  if (!isInstalled(root))
    await alone(root, async () => {
      if (!isInstalled(root)) await install(root);
    });
  await build(root);
}

/** Emits what is stale, and installs nothing: it may be called by what runs out of node_modules. */
export async function build(root = checkout) {
  if (!isEmitted(root))
    await alone(root, async () => {
      if (isEmitted(root)) return;
      say('Building …');
      await emit(root);
    });
}

// In node_modules, so that it goes when they go.
const installStamp = (root) => join(root, 'node_modules', '.callable-installed');

function isInstalled(root) {
  const lockFile = join(root, 'package-lock.json');
  if (readOr(installStamp(root), '') === hashOf(readFileSync(lockFile))) return true;
  // Somebody ran npm by hand: its own record is younger than the lock file it followed.
  const record = join(root, 'node_modules', '.package-lock.json');
  return existsSync(record) && statSync(record).mtimeMs >= statSync(lockFile).mtimeMs;
}

async function install(root) {
  say('Installing dependencies (only when they changed) …');
  const npm = process.env.npm_execpath;
  const words = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  await (npm?.endsWith('.js')
    ? run(process.execPath, [npm, ...words], root)
    : run('npm', words, root, process.platform === 'win32'));
  writeFileSync(installStamp(root), hashOf(readFileSync(join(root, 'package-lock.json'))));
}

/** Runs a program in silence; what it said is shown only when it failed. */
function run(program, words, cwd, shell = false) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (piece) => {
      output = (output + piece).slice(-20_000);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${[program, ...words].join(' ')} ended with ${code ?? signal}:\n${output.trim()}`));
    });
  });
}

/** One process works, the others wait; the lock of a process that died counts for nothing. */
async function alone(root, work) {
  const unlock = await lock(root);
  try {
    await work();
  } finally {
    unlock();
  }
}

async function lock(root) {
  const directory = join(root, '.callable');
  const path = join(directory, 'prepare.lock');
  mkdirSync(directory, { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      const unlock = () => rmSync(path, { force: true });
      process.once('exit', unlock);
      return () => {
        process.off('exit', unlock);
        unlock();
      };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const holder = Number(readOr(path, ''));
      // An empty file is one being written at this moment, unless it has stood there for long.
      const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (holder > 0 ? !isAlive(holder) : age > 5000) rmSync(path, { force: true });
      else await delay(100);
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readOr(path, fallback) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
const say = (line) => process.stderr.write(`${line}\n`);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await prepare().catch((error) => {
    say(error.message);
    process.exitCode = 1;
  });
}
