/**
 * What free keys buy: the real fold of the log and the hub's own draw, hour by hour for 90 days, with eight strategies of an
 * attacker who has as many keys as he likes on some networks. Beside it the same under the rules of version 1 (quorum 3 of
 * 5 by count, two of three judges convict, everybody gets calls), which is how commit 9c4233e decided.
 *
 * Assumed, each in the attacker's favour: he answers calls before anybody else can, so that a gateway which takes the
 * least loaded gives him every call that he may answer; all nodes hold all releases; his keys came on the first day; an
 * audit ends a minute after the answer. Signatures are taken as checked, and calls are drawn in bulk.
 *
 * Run: npm run build && node bench/sybil.mjs            20 cells, each by both rules; all but the largest end within 10 minutes on two cores
 *      node bench/sybil.mjs --small                     a network of 10 nodes for 12 days, seconds
 *      node bench/sybil.mjs --seed 7 --only calls-only  other chance; cells of which the name has this in it
 *      node bench/sybil.mjs --json                      one line of JSON for each figure
 */
import { Worker } from 'node:worker_threads';
import { strategies } from './sybil/strategies.mjs';

/** `trialEveryMs` of the hub is ten minutes. */
const full = { days: 90, honest: 50, releases: 1000, callsPerHour: 1000, lateDay: 30, roundsPerHour: 6 };
const small = { days: 12, honest: 10, releases: 40, callsPerHour: 40, lateDay: 2, roundsPerHour: 2 };

const args = process.argv.slice(2);
const has = (flag) => args.includes(flag);
const wordAfter = (flag, usual) => (has(flag) ? args[args.indexOf(flag) + 1] : usual);
const seed = Number(wordAfter('--seed', '1'));
const only = wordAfter('--only', '');
const names = Object.keys(strategies).filter((name) => name !== 'none');

const target = names.map((name) => [name, 1000, 10]);
const others = [
  ['none', 0, 1],
  ...['at-once', 'calls-only'].map((name) => [name, 10, 1]),
  ...['at-once', 'calls-only', 'crowd'].map((name) => [name, 100, 10]),
  ...['patient', 'calls-only', 'crowd'].map((name) => [name, 1000, 100]),
  ...['at-once', 'calls-only', 'crowd'].map((name) => [name, 10_000, 500]),
];
const cells = has('--small') ? names.map((name) => [name, 40, 4]) : [...target, ...others];
const scale = has('--small') ? small : full;
const jobs = cells
  .filter(([name, keys, networks]) => `${name} ${keys}/${networks}`.includes(only))
  .flatMap(([strategy, keys, networks]) => [2, 1].map((rules) => ({ rules, strategy, keys, networks, seed, scale })));

const columns = [
  ['strategy', ({ strategy }) => strategy],
  ['keys/networks', ({ keys, networks }) => `${keys}/${networks}`],
  ['rules', ({ rules }) => rules],
  ['bad verified', ({ badVerified }) => badVerified],
  ['good refused', ({ goodRefused }) => goodRefused],
  ['honest convicted', ({ convicted }) => convicted],
  ['wrong calls %', ({ wrongCalls }) => (wrongCalls * 100).toFixed(3)],
  ['newcomer days', ({ apartDays }) => days(apartDays)],
  ['beside', ({ besideDays }) => days(besideDays)],
  ['honest standing', ({ standing }) => standing],
  ['keys caught', ({ caught }) => caught],
  ['wasm runs/1000', ({ wasmRuns }) => Math.round(wasmRuns)],
];
const days = (value) => (value === null ? '-' : value.toFixed(1));
const widths = columns.map(([title]) => Math.max(title.length, 10));
const line = (cells) => cells.map((cell, i) => String(cell).padEnd(widths[i])).join('  ');

const startedAt = Date.now();
if (!has('--json')) {
  console.log(`seed ${seed}; ${JSON.stringify(scale)}`);
  console.log(line(columns.map(([title]) => title)));
}
const figures = await Promise.all([0, 1].map(work));
const all = figures.flat();
if (!has('--json')) {
  const met = all.filter(({ rules, keys, networks }) => rules === 2 && keys === 1000 && networks === 10);
  const isMet = met.every((one) => one.badVerified + one.goodRefused + one.convicted === 0 && one.wrongCalls < 0.001);
  if (met.length > 0) console.log(`target at 1000 keys on 10 networks: ${isMet ? 'reached' : 'missed'}`);
  console.log(`${Math.round((Date.now() - startedAt) / 1000)} s`);
}

/** Takes cells one after the other, in a thread of its own. */
async function work() {
  const found = [];
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    const figure = await run(job);
    found.push(figure);
    console.log(has('--json') ? JSON.stringify(figure) : line(columns.map(([, show]) => show(figure))));
  }
  return found;
}

function run(workerData) {
  const worker = new Worker(new URL('./sybil/worker.mjs', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
