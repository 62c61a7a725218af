/**
 * Minutes of calls with everything that goes wrong: good calls of three models with every output compared, keyless and
 * signed; hostile ones; a thousand silent connections; runners, nodes, the database and the hub killed, nodes frozen until
 * their links break. Prints memory, descriptors, calls that never ended and answers by code, first and last minute.
 * Exit code 1: an output was wrong, a call never ended, or memory or descriptors grew beyond the bounds below.
 * Run: npm run build && node bench/soak.mjs [minutes, 10]        Linux
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTarget, sleep } from './floods/open-target.mjs';
import { makeGoodCalls } from './soak/good-calls.mjs';
import { holdSilence, makeHostileCalls } from './soak/hostile-calls.mjs';
import { makeTrouble } from './soak/make-trouble.mjs';
import { sample } from './soak/role-of.mjs';
import { createTally } from './soak/tally.mjs';
import { openModels, publishModel } from './support/call-models.mjs';
import { root, stopCleanly } from './support/clone-ref.mjs';

const minutes = Number(process.argv[2] ?? 10);
/** At rest after it all, beside at rest before the first call: whole tree. */
const mostDescriptors = 64;
/** Of all but runners, which come and go with what is called, in the last minute beside the first: times, and megabytes. */
const mostMemory = [1.5, 150];
const restMs = 20_000;

const place = await mkdtemp(join(tmpdir(), 'callable-soak-'));
let target = null;
stopCleanly(place, () => target?.kill());
try {
  target = await openTarget(root, join(place, 'network'), ['--nodes', '3']);
  const models = await openModels(['tiny', 'digits', 'squeeze']);
  const references = new Map();
  for (const model of models) references.set(model.name, await publishModel(target, model));
  await sleep(restMs);
  const before = sample(target.pid);
  const over = new AbortController();
  const [tally, troubles, samples] = [createTally(), new Map(), []];
  const timer = setTimeout(() => over.abort(), minutes * 60_000);
  const began = performance.now();
  const watching = (async () => {
    while (!over.signal.aborted) {
      samples.push({ at: (performance.now() - began) / 60_000, byRole: sample(target.pid) });
      await sleep(5000);
    }
  })();
  await Promise.all([
    makeGoodCalls(target, models, references, tally, over.signal),
    makeHostileCalls(target.url, references.get('tiny'), tally, over.signal),
    holdSilence(target.url, over.signal),
    makeTrouble(target.pid, troubles, over.signal),
    watching,
  ]);
  clearTimeout(timer);
  await sleep(restMs);
  process.exitCode = report({ before, after: sample(target.pid), samples, tally, troubles }) ? 0 : 1;
} finally {
  await target?.stop();
  await rm(place, { recursive: true, force: true, maxRetries: 10 });
}

function report({ before, after, samples, tally, troubles }) {
  const first = samples.filter(({ at }) => at < 1);
  const last = samples.filter(({ at }) => at >= minutes - 1);
  const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
  const of = (list, role, what) => median(list.map(({ byRole }) => byRole.get(role)?.[what] ?? 0));
  const roles = [...new Set(samples.flatMap(({ byRole }) => [...byRole.keys()]))];
  console.log(`${minutes} minutes; ${[...troubles].map(([what, count]) => `${count} ${what}`).join(', ')}`);
  console.log('medians of the first and the last minute, and at rest before and after');
  for (const role of roles) {
    const cells = ['count', 'megabytes', 'descriptors', 'sockets'].map((what) => {
      const at = [
        of(first, role, what),
        of(last, role, what),
        before.get(role)?.[what] ?? 0,
        after.get(role)?.[what] ?? 0,
      ];
      return `${what} ${at
        .map((value) => value.toFixed(0))
        .join(' → ')
        .replace(/ → (\d+ → \d+)$/, ' (rest $1)')}`;
    });
    console.log(`  ${role.padEnd(10)}${cells.join('   ')}`);
  }
  for (const [title, counts] of [
    ['first minute', tally.of(0)],
    ['last minute', tally.of(Math.ceil(minutes) - 1)],
    ['in all', tally.total()],
  ])
    console.log(`${title}: ${[...counts].map(([what, count]) => `${what} ×${count}`).join(', ')}`);
  const sum = (byRole, what, but = []) =>
    [...byRole].reduce((all, [role, found]) => all + (but.includes(role) ? 0 : found[what]), 0);
  const memory = [first, last].map((list) => median(list.map(({ byRole }) => sum(byRole, 'megabytes', ['runner']))));
  // A PostgreSQL server keeps the files of its tables open, fifty to each connection, and a pool opens connections as it needs them.
  const not = ['runner', 'postgres'];
  const grown = sum(after, 'descriptors', not) - sum(before, 'descriptors', not);
  const verdicts = [
    ['wrong outputs', tally.wrong.length, tally.wrong.length === 0],
    ['calls that never ended', tally.stuck.length, tally.stuck.length === 0],
    [
      `memory without runners, MB (bound ${mostMemory[0]} times and ${mostMemory[1]} more)`,
      memory.map(Math.round).join(' → '),
      memory[1] <= mostMemory[0] * memory[0] + mostMemory[1],
    ],
    [`descriptors of our processes at rest, grown by (bound ${mostDescriptors})`, grown, grown <= mostDescriptors],
  ];
  for (const [what, value, isGood] of verdicts) console.log(`${isGood ? 'good' : 'BAD '}  ${what}: ${value}`);
  if (tally.stuck.length > 0) console.log(`never ended: ${[...new Set(tally.stuck)].join(', ')}`);
  console.log(`load average ${loadavg()[0].toFixed(1)}`);
  return verdicts.every(([, , isGood]) => isGood);
}
