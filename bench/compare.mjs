/**
 * Any of the benches here, of a git ref and of the working tree, turn by turn in one run: each checkout runs its own copy
 * of the bench. Every line with the same words gets the ratio of its first number, at the median of the rounds.
 * Run: node bench/compare.mjs 9c4233e evidence.mjs [its arguments]      ROUNDS=3 for three rounds
 * Statements folded per second: evidence.mjs. Calls: calls.mjs. From the last byte to Reachable: path.mjs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloneRef, env, root, run, stopCleanly } from './support/clone-ref.mjs';

const [ref, script, ...words] = process.argv.slice(2);
if (ref === undefined || script === undefined)
  throw new Error('Usage: node bench/compare.mjs REF BENCH.mjs [ARGUMENTS]');
const rounds = Number(process.env.ROUNDS ?? 1);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const place = await mkdtemp(join(tmpdir(), 'callable-bench-'));
stopCleanly(place);

try {
  const clone = join(place, 'ref');
  await cloneRef(ref, clone);
  // The lock file of an early ref lacks packages, so that `npm ci` refuses it.
  const install = (how) => run('npm', [how, '--loglevel=error'], { cwd: clone, env });
  await install('ci').catch(() => install('install'));
  for (const cwd of [clone, root]) await run('npm', ['run', '--silent', 'build'], { cwd, env });
  const [before, after] = [[], []];
  for (let round = 0; round < rounds; round++) {
    before.push(await measure(clone));
    after.push(await measure(root));
  }
  print(before, after);
} finally {
  await rm(place, { recursive: true, force: true });
}

/** What the bench of a checkout printed: the words a line begins with, and the first number after them. */
async function measure(cwd) {
  const { stdout } = await run(process.execPath, [join('bench', script), ...words], { cwd, env, maxBuffer: 1e8 });
  const found = stdout.split('\n').flatMap((line) => {
    const [, words, rest] = /^(.+?)(?:\s{2,}|: )(.*)$/.exec(line.trim()) ?? [];
    const number = /(?<![\w.])\d+(?:\.\d+)?/.exec(rest ?? '');
    return number === null ? [] : [[words, Number(number[0])]];
  });
  return new Map(found);
}

function print(before, after) {
  console.log(`${ref.padStart(14)}${'working tree'.padStart(14)}${'ratio'.padStart(8)}`);
  for (const key of before[0].keys()) {
    const [then, now] = [before, after].map((parts) => median(parts.map((part) => part.get(key) ?? Number.NaN)));
    if (Number.isNaN(then) || Number.isNaN(now)) continue;
    console.log(
      `${String(then).padStart(14)}${String(now).padStart(14)}${(now / then).toFixed(2).padStart(8)}  ${key}`,
    );
  }
}
