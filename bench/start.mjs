/**
 * From an empty clone to the first right answer, a second start, a build from clean and after one change, what `callable
 * help` costs, and circles: of a git ref and of the working tree, turn by turn in one run. Trust the ratios.
 * Needs git, and a package cache that an install has filled. Run: node bench/start.mjs [ref] [rounds]      (default HEAD 1)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findCircles } from '../scripts/find-circles.mjs';
import { cloneRef, env, root, run, stopCleanly } from './support/clone-ref.mjs';

const [ref = 'HEAD', rounds = '1'] = process.argv.slice(2);
const place = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** The network that runs at this moment, a process group of its own. */
let network = null;
stopCleanly(place, () => network && process.kill(-network.pid, 'SIGKILL'));

try {
  const found = { [ref]: [], 'working tree': [] };
  for (let round = 0; round < Number(rounds); round++)
    for (const [name, parts] of Object.entries(found)) parts.push(await measure(name, `${round}-${parts.length}`));
  print(found);
} finally {
  await rm(place, { recursive: true, force: true });
}

async function measure(name, suffix) {
  const clone = join(place, `${name === ref ? 'ref' : 'tree'}-${suffix}`);
  await (name === ref ? cloneRef(ref, clone) : cloneTree(clone));
  const circles = findCircles(clone);
  const [first, answered] = await timeStart(clone);
  const [second] = await timeStart(clone);
  const callable = ['packages/cli/bin/callable.js', 'help'];
  const help = await timed(() =>
    run(process.execPath, callable, { cwd: clone, env: { ...env, CALLABLE_PREPARED: '1' } }),
  );
  const clean = await timeBuild(clone, () => removeOutput(clone));
  const change = await timeBuild(clone, () =>
    appendFile(join(clone, 'packages/protocol/src/index.ts'), '// changed\n'),
  );
  await rm(clone, { recursive: true, force: true });
  return {
    'empty clone to ready, s': first,
    'empty clone to the first right answer, s': answered,
    'second start to ready, s': second,
    'callable help, s': help,
    'build from clean with types, s': clean,
    'build after one change with types, s': change,
    'circles of files, types too': circles.filter(({ of }) => of === 'files with types').length,
    'knots of folders, types too': circles.filter(({ of }) => of === 'folders with types').length,
  };
}

/** What git would commit of the working tree, in a repository of its own. */
async function cloneTree(clone) {
  await mkdir(clone);
  const { stdout } = await run('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: root, maxBuffer: 1e8 });
  for (const path of stdout.split('\0').filter((path) => path && existsSync(join(root, path))))
    await cp(join(root, path), join(clone, path));
  await run('git', ['init', '-q'], { cwd: clone });
}

/** Seconds to the ready line of `npm start`, and to the right answer of an example. */
async function timeStart(clone) {
  const began = performance.now();
  const words = ['start', '--silent', '--', '--json', '--port', '0'];
  const child = spawn('npm', words, { cwd: clone, env, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  network = child;
  try {
    let url = null;
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.includes('"ready":true')) continue;
      ({ url } = JSON.parse(line));
      break;
    }
    if (url === null) throw new Error('npm start ended before it was ready.');
    const ready = performance.now() - began;
    await callExample(clone, url);
    return [ready / 1000, (performance.now() - began) / 1000];
  } finally {
    if (child.exitCode === null) {
      process.kill(-child.pid, 'SIGINT');
      await once(child, 'exit');
    }
    network = null;
  }
}

async function callExample(clone, url) {
  const { releases } = await (await fetch(`${url}/v1/releases`)).json();
  const { reference } = releases.find((release) => release.reference.includes('/iris'));
  const body = await readFile(join(clone, 'examples/iris/example.json'));
  const headers = { 'content-type': 'application/json' };
  const answer = await (await fetch(`${url}/v1/run/${reference}`, { method: 'POST', headers, body })).json();
  if (answer.outputs?.label?.[0] !== 0) throw new Error(`A wrong answer: ${JSON.stringify(answer)}`);
}

/** Not `git clean`, which takes what npm put into a package as well. */
async function removeOutput(clone) {
  for (const name of await readdir(join(clone, 'packages')))
    await rm(join(clone, 'packages', name, 'dist'), { recursive: true, force: true });
}

async function timeBuild(clone, before) {
  await before();
  return timed(() => run('npm', ['run', '--silent', 'build'], { cwd: clone, env }));
}

async function timed(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function print({ [ref]: before, 'working tree': after }) {
  console.log(`${''.padEnd(44)}${ref.padStart(14)}${'working tree'.padStart(14)}${'ratio'.padStart(8)}`);
  for (const what of Object.keys(before[0])) {
    const [then, now] = [before, after].map((parts) => median(parts.map((part) => part[what])));
    const text = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2)).padStart(14);
    console.log(`${what.padEnd(44)}${text(then)}${text(now)}${then > 0 ? (now / then).toFixed(2).padStart(8) : ''}`);
  }
}
