import { conditionsAt, decideRound, standingOf } from '@callable/protocol';
import { chooseSeats } from '../../packages/hub/dist/path/choose-seats.js';
import { hashOf } from './log.mjs';

const dayMs = 24 * 3600_000;
const invented = 'f'.repeat(64);
const wasm = 'onnxruntime-web 1.30.0';
const native = { name: 'onnxruntime-node', version: '1.30.0' };
const minute = 60_000;

const say = (ok) => ({ ok, reason: ok ? 'VectorsPassed' : 'VectorFailed', message: '' });
/** What an honest machine finds: on models made so, machines of one kind pass and others do not. */
const passesOn = (release, { cpu }) => (release.differs ? release.passesOn[cpu] : !release.isBad);

/** What a node signs about a release in a round. Whoever computed it knows the answers that the round asks for. */
function reportOf(node, release, round, how) {
  const truth = passesOn(release, node);
  const exact = { runtime: wasm, digest: round, inputs: 4, passed: !release.isBad };
  const ok = how === 'truth' ? truth : !truth;
  const adjudication = how === 'bold' ? { ...exact, digest: invented, passed: !exact.passed } : exact;
  const measured = { deterministic: true, runtime: native, loadMs: 1, peakBytes: 1, vectors: [], auditClass: 1 };
  return { ...say(ok), ...measured, epoch: 1, round, spread: 1e-7, adjudication };
}

/**
 * Rounds as the hub holds them: drawn by its own `chooseSeats`, recomputed where words differ, within the budget of each
 * network. Not sealed: liars here know each other's words anyway, and honest nodes copy nobody.
 */
export function createRounds(world) {
  const { log, hub, chance, people, strategy, policy } = world;
  const counts = { panels: 0, recomputations: 0, rounds: 0, trials: 0 };
  let spent = { day: 0, cost: new Map(), networks: new Set() };
  const ctx = { clock: () => world.now, random: chance.bytes, rules: { policy } };

  const connected = (release) => {
    const day = Math.floor(world.now / dayMs);
    if (day !== spent.day) spent = { day, cost: new Map(), networks: new Set() };
    const isOut = (network) => network === release.publisherNetwork || spent.networks.has(network);
    return world.connected().filter((node) => node.isSeed || !isOut(node.network));
  };
  const isNewcomer = (node) => standingOf(node.address, node.state, world.now, policy) === 'newcomer';

  function drawSeats(release, isTrial) {
    const nodes = connected(release);
    if (isTrial && !nodes.some(isNewcomer)) return null;
    const seats = chooseSeats(ctx, nodes, () => false);
    const others = isTrial ? seats.others.filter(isNewcomer) : seats.others;
    return isTrial && others.length === 0 ? null : [seats.seed, ...others];
  }

  function charge(release) {
    const { marks } = log.releaseOf(release.digest).panel.round;
    const wrong = Object.keys(marks).filter((node) => marks[node].mark !== 'confirmed');
    for (const network of new Set(wrong.map((node) => world.find(node).network))) {
      const cost = (spent.cost.get(network) ?? 0) + 1;
      spent.cost.set(network, cost);
      if (cost >= policy.recomputations.perNetworkPerDay) spent.networks.add(network);
    }
  }

  function recompute(release, round) {
    counts.recomputations += 2;
    const { seed } = people;
    const ok = !release.isBad;
    log.say('release.recomputed', release.digest, seed.address, world.now, {
      ...say(ok),
      ...{ epoch: 1, round, runtime: { name: 'onnxruntime-web', version: '1.30.0' } },
      adjudication: { runtime: wasm, digest: round, inputs: 4, passed: ok },
      agrees: passesOn(release, seed) === ok,
    });
    charge(release);
  }

  /** Begins a round and has everybody report. False when nobody is there for a trial. */
  function hold(release, isTrial) {
    const seats = policy.rules === 2 ? drawSeats(release, isTrial) : drawPanel(world, release);
    if (!seats) return false;
    counts.rounds++;
    if (isTrial) counts.trials++;
    const validators = seats.map(({ address }) => address);
    const networks = seats.map(({ networkHash }) => networkHash);
    const publisherNetwork = hashOf(release.publisherNetwork, 32);
    const quorum = Math.min(policy.validators.quorum, validators.length);
    log.say('release.drawn', release.digest, hub, world.now, {
      ...{ validators, quorum, epoch: 1 },
      ...(policy.rules === 2 ? { networks, publisherNetwork } : {}),
    });
    const round = log.releaseOf(release.digest).panel.round?.id ?? chance.hex(64);
    const ours = seats.filter(({ isTheirs }) => isTheirs).length;
    const asked = { release, ours, seats: seats.length, age: world.age() };
    const said = [...seats]
      .sort(() => chance.real() - 0.5)
      .map((node) => {
        const report = reportOf(node, release, round, node.isTheirs ? strategy.report(asked) : 'truth');
        log.say('release.validated', release.digest, node.address, world.now, report);
        return { node, report, isInvented: report.adjudication.digest !== round };
      });
    counts.panels += seats.filter(({ isSeed }) => isSeed).length;
    if (policy.rules === 2) settle(release, round, said);
    world.noteVerdict(release, conditionsAt(log.releaseOf(release.digest), world.now + minute)[2].status);
    return said;
  }

  function settle(release, round, said) {
    const state = log.releaseOf(release.digest);
    const decision = decideRound(state, state.panel.round, policy);
    const isAudited = chance.successes(said.length, policy.audits.share) > 0;
    if (decision.by === null || isAudited) recompute(release, round);
  }

  return { hold, counts };
}

/** A panel of version 1: five at random, one of each network; seeds are like all others. */
function drawPanel(world, release) {
  const byNetwork = new Map();
  for (const node of world.connected()) {
    if (node.network === release.publisherNetwork) continue;
    const alike = byNetwork.get(node.network);
    if (alike) alike.push(node);
    else byNetwork.set(node.network, [node]);
  }
  return world.draw([...byNetwork.values()], world.policy.validators.draw).map((alike) => world.chance.pick(alike));
}
