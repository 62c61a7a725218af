import { createDemand } from '../../packages/node/dist/cache/demand.js';
import { minimumResidencyMs } from '../../packages/node/dist/cache/make-disk-room.js';
import { releaseValue } from '../../packages/node/dist/cache/release-value.js';

/**
 * Which release of a node goes first. `victim` is given those that no call is using, and says null where none may go.
 */
export const policies = { LRU: lru, GDSF: gdsf, Belady: belady, callable };

/** The one that was asked for longest ago. */
function lru({ clock }) {
  const at = new Map();
  return {
    asked: (node, release) => at.set(key(node, release), clock()),
    victim: (node, able) => least(able, (release) => at.get(key(node, release)) ?? 0),
  };
}

/** Greedy dual: how often, times what it costs, per byte, above a clock that rises with what goes. */
function gdsf({ sizes, coldSeconds }) {
  const clocks = new Map();
  const known = new Map();
  return {
    asked(node, release) {
      const { count } = known.get(key(node, release)) ?? { count: 0 };
      known.set(key(node, release), { count: count + 1, base: clocks.get(node.name) ?? 0 });
    },
    victim(node, able) {
      const worthOf = (release) => {
        const { count, base } = known.get(key(node, release)) ?? { count: 1, base: 0 };
        return base + (count * coldSeconds(release)) / (sizes[release] / 1e9);
      };
      const victim = least(able, worthOf);
      if (victim !== null) clocks.set(node.name, worthOf(victim));
      return victim;
    },
    dropped: (node, release) => known.delete(key(node, release)),
  };
}

/** Knows the future: the one that is asked for again last. */
function belady({ calls, sizes }) {
  const uses = sizes.map(() => []);
  for (const [index, { release }] of calls.entries()) uses[release].push(index);
  const next = sizes.map(() => 0);
  let now = 0;
  const nextUse = (release) => {
    while (next[release] < uses[release].length && uses[release][next[release]] <= now) next[release]++;
    return uses[release][next[release]] ?? Number.POSITIVE_INFINITY;
  };
  return {
    at(index) {
      now = index;
    },
    asked: () => undefined,
    victim: (_node, able) => least(able, (release) => -nextUse(release)),
  };
}

/** The code of a node: its own demand, value and residency. */
function callable({ clock, sizes, coldSeconds }) {
  const demands = new Map();
  const demandOf = (node) => {
    if (!demands.has(node.name)) demands.set(node.name, createDemand(clock));
    return demands.get(node.name);
  };
  return {
    asked: (node, release) => demandOf(node).record(release),
    victim(node, able) {
      const stayed = able.filter((release) => clock() - node.held.get(release) >= minimumResidencyMs);
      return least(stayed, (release) =>
        releaseValue({
          demandPerSecond: demandOf(node).rate(release),
          coldSeconds: coldSeconds(release),
          bytes: sizes[release],
        }),
      );
    },
  };
}

const key = (node, release) => `${node.name}${release}`;

function least(items, worthOf) {
  let [best, lowest] = [null, Number.POSITIVE_INFINITY];
  for (const item of items) {
    const value = worthOf(item);
    if (value < lowest) [best, lowest] = [item, value];
  }
  return best;
}
