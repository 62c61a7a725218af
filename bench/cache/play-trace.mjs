import { orderByLoad } from '../../packages/gateway/dist/routing/order-by-load.js';
import { orderByRendezvous } from '../../packages/gateway/dist/routing/order-by-rendezvous.js';
import { createEvents } from './create-events.mjs';

const slots = 4;
const fetchBytesPerSecond = 0.25e9;
const loadSeconds = 2;
const weightOfNewest = 0.2;

/**
 * Plays a trace on nodes with so much room each. Calls go to who has the release, by the gateway's own order; one that nobody
 * has is fetched by the first node in the gateway's rendezvous order that can make room, once however many wait for it. A second copy
 * comes where waiting costs more than a quarter of fetching. `makePolicy` says what a node drops. Times in seconds.
 */
export function playTrace({ sizes, calls }, { nodes: count, roomBytes, makePolicy }) {
  const events = createEvents();
  const clock = () => events.now * 1000;
  const coldSeconds = (release) => loadSeconds + sizes[release] / fetchBytesPerSecond;
  const nodes = Array.from({ length: count }, (_, index) => createNode(`0x${index.toString(16).padStart(40, '0')}`));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const names = [...byName.keys()];
  const holders = sizes.map(() => new Set());
  const fetching = new Map();
  const policy = makePolicy({ sizes, calls, clock, coldSeconds });
  const tally = { calls: calls.length, warm: 0, cold: 0, joined: 0, refused: 0, seconds: [], fetchedBytes: 0 };

  function take(node, call) {
    node.users.set(call.release, (node.users.get(call.release) ?? 0) + 1);
    call.routedAt = events.now;
    if (node.running < slots) run(node, call);
    else node.queue.push(call);
  }
  function run(node, call) {
    node.running++;
    events.after(call.seconds, () => {
      node.running--;
      const users = node.users.get(call.release) - 1;
      if (users === 0) node.users.delete(call.release);
      else node.users.set(call.release, users);
      const ms = (events.now - call.routedAt) * 1000;
      const before = node.latencyMs.get(call.release) ?? ms;
      node.latencyMs.set(call.release, before + weightOfNewest * (ms - before));
      tally.seconds.push(events.now - call.at);
      const next = node.queue.shift();
      if (next) run(node, next);
    });
  }
  function route(call) {
    const { release } = call;
    const [best] = orderByLoad([...holders[release]].map((node) => candidateOf(node, release)));
    if (best !== undefined) {
      const node = byName.get(best);
      policy.asked(node, release);
      take(node, call);
      const waitSeconds = (node.queue.length / slots) * (call.seconds || 0.4);
      if (waitSeconds > coldSeconds(release) / 4 && !fetching.has(release)) fetch(release, []);
      return 'warm';
    }
    const underWay = fetching.get(release);
    if (!underWay) return fetch(release, [call]) ? 'cold' : 'refused';
    policy.asked(underWay.node, release);
    underWay.waiting.push(call);
    return 'joined';
  }
  function fetch(release, waiting) {
    const order = orderByRendezvous(names, String(release)).map((name) => byName.get(name));
    const node = order.find((each) => !each.held.has(release) && makeRoom(each, release));
    if (!node) return false;
    policy.asked(node, release);
    node.usedBytes += sizes[release];
    tally.fetchedBytes += sizes[release];
    fetching.set(release, { node, waiting });
    const fetched = Math.max(events.now, node.fetchedAt) + sizes[release] / fetchBytesPerSecond;
    node.fetchedAt = fetched;
    events.after(fetched + loadSeconds - events.now, () => {
      fetching.delete(release);
      node.held.set(release, clock());
      holders[release].add(node);
      for (const call of waiting) take(node, call);
    });
    return true;
  }
  function makeRoom(node, release) {
    while (node.usedBytes + sizes[release] > roomBytes) {
      const victim = policy.victim(
        node,
        [...node.held.keys()].filter((each) => !node.users.has(each)),
      );
      if (victim === null) return false;
      node.held.delete(victim);
      holders[victim].delete(node);
      node.usedBytes -= sizes[victim];
      policy.dropped?.(node, victim);
    }
    return true;
  }

  for (const [index, call] of calls.entries()) {
    events.runUntil(call.at);
    policy.at?.(index);
    tally[route({ ...call })]++;
  }
  events.runUntil(Number.POSITIVE_INFINITY);
  tally.seconds.sort((a, b) => a - b);
  return tally;
}

const createNode = (name) => ({
  name,
  usedBytes: 0,
  /** Since when each release is here, milliseconds. */
  held: new Map(),
  /** Calls that run or wait, by release. */
  users: new Map(),
  latencyMs: new Map(),
  running: 0,
  queue: [],
  /** Its line fetches one after the other. */
  fetchedAt: 0,
});

const candidateOf = (node, release) => ({
  node: node.name,
  network: node.name,
  health: 'good',
  rank: 'standing',
  outstanding: node.running + node.queue.length,
  latencyMs: node.latencyMs.get(release) ?? null,
});
