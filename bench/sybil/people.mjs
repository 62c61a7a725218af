import { addressOf, hashOf } from './log.mjs';

const memoryBytes = 2 ** 33;

/** A node as the hub lists it; its record is the log's. */
function createNode(log, name, network, more = {}) {
  const address = addressOf(name);
  const unknown = log.nodeOf(address);
  let [known, knownAt] = [unknown, -1];
  return {
    address,
    operator: address,
    network,
    networkHash: hashOf(network, 32),
    sender: `${network} ${name}`,
    memoryBytes,
    announcement: null,
    isTheirs: false,
    joinedAt: 0,
    ...more,
    get state() {
      // Asked for several times between two statements.
      if (knownAt !== log.state.size) {
        known = log.state.nodes.get(address) ?? unknown;
        knownAt = log.state.size;
      }
      return known;
    },
  };
}

/** One seed, honest nodes each on a network of its own, the keys of the attacker, and two who come late. */
export function createPeople(log, { honest, keys, networks, lateAt }) {
  const seed = createNode(log, 'seed', 'seed', { isSeed: true, cpu: 0 });
  const good = Array.from({ length: honest }, (_, i) => createNode(log, `honest ${i}`, `honest ${i}`, { cpu: i % 4 }));
  const bad = Array.from({ length: keys }, (_, i) =>
    createNode(log, `key ${i}`, `rented ${i % networks}`, { isTheirs: true, cpu: 0 }),
  );
  // One comes from where nobody else is, the other has the attacker for a neighbour.
  const apart = createNode(log, 'late, apart', 'late', { joinedAt: lateAt, cpu: 1 });
  const beside = createNode(log, 'late, beside', keys > 0 ? 'rented 0' : 'late 2', { joinedAt: lateAt, cpu: 2 });
  return { seed, good, bad, late: { apart, beside } };
}
