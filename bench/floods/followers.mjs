import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { sleep } from './open-target.mjs';

export const title = '1,000 followers of the events of a release: a statement about it, p95 beside none';
export const target = '1.5x';

const count = 1000;
const rounds = 3;
const statements = 120;

export async function flood(victim) {
  const reference = await victim.publish({ salt: 4 });
  await victim.untilCallable(reference);
  const { digest } = await fetch(`${victim.url}/v1/releases/${reference}`).then((answer) => answer.json());
  await measure(victim, digest);
  const [alone, beside, told] = [[], [], []];
  let open = 0;
  for (let round = 0; round < rounds; round++) {
    alone.push(await measure(victim, digest));
    const followers = new Worker(new URL('./follow-events.mjs', import.meta.url), {
      workerData: { url: victim.url, reference, count },
    });
    [{ open }] = await once(followers, 'message');
    await untilQuiet(followers);
    beside.push(await measure(victim, digest));
    told.push(await untilTold(victim, digest, followers));
    await followers.terminate();
    await sleep(1000);
  }
  const [before, after] = [alone, beside].map((parts) => ({
    p95: median(parts.map(({ p95 }) => p95)),
    median: median(parts.map((part) => part.median)),
  }));
  return `${(after.p95 / before.p95).toFixed(2)}x: p95 ${before.p95.toFixed(1)} ms alone, ${after.p95.toFixed(1)} ms beside ${open} (medians ${before.median.toFixed(1)} and ${after.median.toFixed(1)}); one more told to all in ${median(told)} ms`;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function measure(victim, digest) {
  const client = victim.sdk.createClient(victim.url);
  const times = [];
  for (let i = 0; i < statements; i++) times.push(await say(victim, client, digest));
  times.sort((a, b) => a - b);
  return { median: median(times), p95: times[Math.floor(times.length * 0.95)] };
}

async function say(victim, client, digest) {
  const body = { label: 'followed', attached: true, note: '' };
  const fact = { kind: 'label.attached', subject: digest, body, issuedAt: Date.now() };
  const statement = victim.sign(fact, victim.newKey());
  const started = performance.now();
  await victim.sdk.submitStatement(client, statement);
  return performance.now() - started;
}

/** Milliseconds until every follower has been told of one more statement, after all is quiet. */
async function untilTold(victim, digest, followers) {
  const before = await untilQuiet(followers);
  const started = performance.now();
  await say(victim, victim.sdk.createClient(victim.url), digest);
  const until = started + 30_000;
  while ((await eventsOf(followers)) < before + count && performance.now() < until) await sleep(5);
  return Math.round(performance.now() - started);
}

/** Events so far, when no more have come for three seconds, or after a minute of them. */
async function untilQuiet(followers) {
  let [seen, events] = [-1, await eventsOf(followers)];
  for (let i = 0; i < 20 && seen !== events; i++) {
    await sleep(3000);
    [seen, events] = [events, await eventsOf(followers)];
  }
  return events;
}

async function eventsOf(followers) {
  followers.postMessage('events?');
  const [{ events }] = await once(followers, 'message');
  return events;
}
