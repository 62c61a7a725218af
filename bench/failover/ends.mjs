import { loadavg } from 'node:os';
import { sleep } from '../floods/open-target.mjs';
import { callOnce, startNodes, untilAllAnswer } from './start-nodes.mjs';

const nodes = 5;
const perSecond = 200;
/** More under way than this is waited for: the machine is too slow for the pace, which is said. */
const mostUnderWay = 48;
const timeoutMs = 10_000;

/** What ends a node, and what brings it back; the busiest one of the last second is taken each time. */
const kinds = {
  polite: { times: 20, end: (node) => node.kill('SIGTERM'), isGone: true, restMs: 700 },
  kills: { times: 20, end: (node) => node.kill('SIGKILL'), isGone: true, restMs: 700 },
  freezes: { times: 5, end: (node) => node.kill('SIGSTOP'), isGone: false, restMs: 12_000 },
};

const measureKind = (kind) => async (checkout, place) => {
  const network = await startNodes(checkout, place, nodes);
  const load = startLoad(network);
  try {
    await untilAllAnswer(network);
    load.begin();
    await sleep(1000);
    for (let time = 0; time < kind.times; time++) {
      const victim = network.nodes.find(({ address }) => address === load.busiest()) ?? network.nodes[0];
      kind.end(victim);
      if (kind.isGone) {
        await victim.ended();
        await victim.restart();
      }
      await sleep(kind.restMs);
      if (!kind.isGone) victim.kill('SIGCONT');
      await sleep(1000);
    }
    return await load.stop();
  } finally {
    await load.stop();
    await network.stop();
  }
};

/** Calls at a steady pace, whatever comes of them. */
function startLoad(network) {
  const failed = {};
  let [sent, underWay, slowest, isOver, latest, began, pace] = [0, 0, 0, false, [], 0, null];
  const running = new Set();
  async function keepPace() {
    let due = performance.now();
    while (!isOver) {
      for (; due <= performance.now() && underWay < mostUnderWay; due += 1000 / perSecond) send();
      // What was not sent in time is not caught up with: a burst would be another load.
      if (due < performance.now()) due = performance.now();
      await sleep(2);
    }
  }
  function send() {
    underWay++;
    const call = callOnce(network, sent++, timeoutMs).then(({ ok, code, node, ms }) => {
      underWay--;
      running.delete(call);
      if (!ok) failed[code] = (failed[code] ?? 0) + 1;
      slowest = Math.max(slowest, ms);
      latest.push({ node, at: performance.now() });
    });
    running.add(call);
  }
  return {
    begin() {
      began = performance.now();
      pace = keepPace();
    },
    busiest() {
      latest = latest.filter(({ at }) => at > performance.now() - 1000);
      const counts = new Map();
      for (const { node } of latest) counts.set(node, (counts.get(node) ?? 0) + 1);
      return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
    },
    async stop() {
      isOver = true;
      await pace;
      const rate = (sent / (performance.now() - began)) * 1000;
      await Promise.all(running);
      const count = Object.values(failed).reduce((sum, each) => sum + each, 0);
      return `${count} of ${sent} failed ${JSON.stringify(failed)}, slowest ${(slowest / 1000).toFixed(1)} s; ${rate.toFixed(0)} calls/s${rate < 0.9 * perSecond ? `, less than ${perSecond}: the machine is too slow` : ''}, load average ${loadavg()[0].toFixed(1)}`;
    },
  };
}

const describe = (kind, what) => ({
  title: `${kind.times} ${what} among ${nodes} nodes at ${perSecond} calls/s, the busiest each time: failed calls`,
  target: '0',
  measure: measureKind(kind),
});

export const polite = describe(kinds.polite, 'polite ends (SIGTERM)');
export const kills = describe(kinds.kills, 'kills (SIGKILL)');
export const freezes = describe(kinds.freezes, 'freezes of 12 s (SIGSTOP)');
