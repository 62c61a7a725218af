// Makes a checkout runnable: installs what is missing, builds what is stale. When nothing changed it costs one
// look at the times of the sources. Plain Node without dependencies: it runs before there are any.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Installs and builds where needed. Says so on stderr, one line each; throws an Error with what npm or the compiler
 * said when that fails. Several processes at once wait for the first.
 */
export async function prepare(root = checkout) {
  if (isInstalled(root) && isBuilt(root)) return;
  const unlock = await lock(root);
  try {
    if (!isInstalled(root)) await install(root);
    if (!isBuilt(root)) await build(root);
  } finally {
    unlock();
  }
}

// In node_modules, so that they go when it goes.
const installStamp = (root) => join(root, 'node_modules', '.callable-installed');
const buildStamp = (root) => join(root, 'node_modules', '.callable-built');

function isInstalled(root) {
  const lockFile = join(root, 'package-lock.json');
  const stamped = readOr(installStamp(root), null);
  if (stamped !== null) return stamped === hashOf(readFileSync(lockFile));
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

function isBuilt(root) {
  return readOr(buildStamp(root), null) === fingerprint(root);
}

async function build(root) {
  say('Building …');
  const before = fingerprint(root, { ignoreOutput: true });
  removeStaleOutput(root);
  await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'], root);
  // Of the sources as they were before: what changed meanwhile is built next time. And only if all is there.
  if (before === fingerprint(root, { ignoreOutput: true })) writeFileSync(buildStamp(root), fingerprint(root));
}

/** Path, size and time of every source, and whether each package has its output: any difference means build. */
function fingerprint(root, { ignoreOutput = false } = {}) {
  const hash = createHash('sha256');
  for (const directory of packagesOf(root)) {
    for (const file of [join(directory, 'tsconfig.json'), ...sourcesBelow(join(directory, 'src'))]) {
      const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
      hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`);
    }
    if (!ignoreOutput) hash.update(`${existsSync(join(directory, 'dist', 'index.js'))}\n`);
  }
  return hash.digest('hex');
}

function packagesOf(root) {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((directory) => existsSync(join(directory, 'tsconfig.json')));
}

const isSource = (name) => name.endsWith('.ts') && !name.endsWith('.test.ts');

function sourcesBelow(directory) {
  return filesBelow(directory).filter(isSource).sort();
}

function filesBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Output of sources that are gone would still be found by an import that should fail. */
function removeStaleOutput(root) {
  for (const directory of packagesOf(root)) {
    const dist = join(directory, 'dist');
    for (const file of filesBelow(dist)) {
      const stem = relative(dist, file)
        .split(sep)
        .join('/')
        .replace(/(\.d\.ts|\.js)(\.map)?$/, '');
      const compiled = /(\.d\.ts|\.js)(\.map)?$/.test(file);
      if (compiled && !existsSync(join(directory, 'src', `${stem}.ts`))) rmSync(file);
    }
  }
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

/** One process prepares, the others wait; the lock of a process that died counts for nothing. */
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
