import { defaultPolicy, policyBeforeAny, standingOf } from '@callable/protocol';
import { createAudits } from './audits.mjs';
import { createCalls } from './calls.mjs';
import { openChance } from './chance.mjs';
import { addressOf, hashOf, openLog } from './log.mjs';
import { createPeople } from './people.mjs';
import { createRounds } from './rounds.mjs';
import { strategies } from './strategies.mjs';

const hourMs = 3600_000;
const startAt = Date.UTC(2026, 0, 1);
const publishers = 100;
const badShare = 0.1;
/** A verdict lasts 30 days and is renewed a little before. */
const renewHours = 29 * 24;

/** One cell: a network from its first day, hour by hour, by the real fold. Returns the figures. */
export function simulate({ rules, strategy: name, keys, networks, seed, scale }) {
  const { days, honest, releases, callsPerHour, lateDay, roundsPerHour } = scale;
  const chance = openChance(seed);
  const hub = addressOf('hub');
  const log = openLog(hub);
  const strategy = strategies[name];
  const people = createPeople(log, { honest, keys, networks, lateAt: startAt + lateDay * 24 * hourMs });
  const policy = rules === 2 ? { ...defaultPolicy, seeds: [people.seed.address] } : policyBeforeAny;
  const all = [people.seed, ...people.good, people.late.apart, people.late.beside, ...people.bad];
  const seen = { badVerified: new Set(), goodRefused: new Set(), stands: {} };
  const world = createWorld({
    days,
    chance,
    hub,
    log,
    strategy,
    people,
    policy,
    startAt,
    now: startAt,
    all,
    seen,
  });

  log.say('policy.adopted', hub, hub, startAt, { policy });
  const rounds = createRounds(world);
  const audits = createAudits(world);
  const calls = createCalls(world, audits);
  const plan = planReleases(chance, strategy, { releases, networks, hours: days * 24 });
  const out = [];
  for (let hour = 0; hour < days * 24; hour++) {
    world.now = startAt + hour * hourMs;
    world.refresh();
    const fresh = plan.filter((release) => release.hour === hour);
    for (const release of fresh) publish(world, release);
    out.push(...fresh);
    const due = out.filter((release) => (hour - release.hour) % renewHours === 0);
    for (const release of due) hold(world, rounds, audits, release, false);
    const trials = rules === 2 && out.length > 0 ? Math.max(0, roundsPerHour - due.length) : 0;
    for (let n = 0; n < trials && hold(world, rounds, audits, chance.pick(out), true); n++);
    if (out.length > 0) calls.hour(callsPerHour);
    noteStanding(world, seen);
  }
  return {
    ...{ rules, strategy: name, keys, networks },
    badVerified: seen.badVerified.size,
    goodRefused: seen.goodRefused.size,
    convicted: all.filter((node) => !node.isTheirs && node.state.convicted).length,
    caught: people.bad.filter((node) => node.state.convicted).length,
    wrongCalls: calls.counts.wrong / Math.max(1, calls.counts.calls),
    wrong: calls.counts.wrong,
    apartDays: seen.stands.apart ?? null,
    besideDays: seen.stands.beside ?? null,
    standing: people.good.filter((node) => stands(world, node)).length,
    wasmRuns: ((rounds.counts.panels + rounds.counts.recomputations + audits.counts.judged) * 1000) / releases,
    recomputed: (rounds.counts.recomputations * 1000) / releases,
    statements: log.state.size,
  };
}

function createWorld(world) {
  const byAddress = new Map(world.all.map((node) => [node.address, node]));
  let [connected, networks, honest] = [[], [], []];
  return Object.assign(world, {
    anyRelease: `sha256:${hashOf('any')}`,
    /** Share of the time that has passed. */
    age: () => (world.now - startAt) / (world.days * 24 * hourMs),
    find: (address) => byAddress.get(address),
    /** Who is there and was not caught; looked at once an hour, and convictions at once. */
    connected: () => connected.filter((node) => !node.state.convicted),
    networks: () => networks,
    honest: () => honest,
    draw(items, count) {
      const rest = [...items];
      return Array.from({ length: Math.min(count, rest.length) }, () => {
        const [one] = rest.splice(world.chance.below(rest.length), 1);
        return one;
      });
    },
    refresh() {
      connected = world.all.filter((node) => node.joinedAt <= world.now && !node.state.convicted);
      honest = connected.filter(({ isTheirs }) => !isTheirs);
      networks = [...group(connected)];
    },
    noteVerdict(release, status) {
      if (release.differs) return;
      if (release.isBad && status === 'True') world.seen.badVerified.add(release.digest);
      if (!release.isBad && status === 'False') world.seen.goodRefused.add(release.digest);
    },
  });
}

function group(nodes) {
  const groups = new Map();
  for (const node of nodes) {
    const alike = groups.get(node.network);
    if (alike) alike.push(node);
    else groups.set(node.network, [node]);
  }
  return groups.values();
}

function planReleases(chance, strategy, { releases, networks, hours }) {
  return Array.from({ length: releases }, (_, i) => {
    const isTheirs = chance.real() < strategy.ownBad + strategy.ownDiffering;
    const publisher = isTheirs ? `their ${i}` : `publisher ${i % publishers}`;
    return {
      digest: `sha256:${hashOf(`release ${i}`)}`,
      name: `model-${i}`,
      publisher: addressOf(publisher),
      publisherNetwork: isTheirs ? `rented ${chance.below(networks)}` : publisher,
      isTheirs,
      isVictims: !isTheirs && i % publishers === 0,
      isBad: isTheirs ? strategy.ownBad > 0 : chance.real() < badShare,
      differs: isTheirs && strategy.ownDiffering > 0,
      passesOn: Array.from({ length: 4 }, () => chance.real() < 0.5),
      hour: Math.floor((i * hours) / releases),
    };
  });
}

function publish({ log, now }, { digest, publisher, name }) {
  log.say('release.published', digest, publisher, now, { publisher, name, version: '1.0.0' });
}

/** A round; under the rules of version 1 validations that passed are audited by other nodes. */
function hold(world, rounds, audits, release, isTrial) {
  const said = rounds.hold(release, isTrial);
  if (!said || world.policy.rules === 2) return said !== false;
  for (const { node, report, isInvented } of said)
    if (report.ok && world.chance.real() < world.policy.audits.share)
      audits.audit(node, isInvented, 'ValidationInvented');
  return true;
}

const stands = ({ now, policy }, node) =>
  policy.rules === 2 && standingOf(node.address, node.state, now, policy) === 'standing';

function noteStanding(world, { stands: found }) {
  for (const [name, node] of Object.entries(world.people.late))
    if (found[name] === undefined && stands(world, node)) found[name] = (world.now - node.joinedAt) / (24 * hourMs);
}
