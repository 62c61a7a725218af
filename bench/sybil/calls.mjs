import { auditShareOf, standingOf } from '@callable/protocol';

const dayMs = 24 * 3600_000;
/** The hub remembers wrong answers of a network for so long. */
const rememberedMs = 90 * dayMs;
/** From an answer to the end of its audit: batch, checkpoint, fetching the call, the auditor, the judge. */
const auditMinutes = 1;

/**
 * The calls of an hour. Attackers answer before anybody else can, so a gateway that takes the least loaded gives them all
 * of what they may answer: the worst case. They rotate while they are honest, so that all of them gain a record.
 */
export function createCalls(world, audits) {
  const { chance, strategy, policy, people } = world;
  const counts = { calls: 0, wrong: 0 };
  const wrong = new Map();

  const wrongIn = (network) => (wrong.get(network) ?? []).filter((at) => at > world.now - rememberedMs).length;
  const shareOf = (node) =>
    policy.rules !== 2 || node.isSeed ? policy.audits.share : auditShareOf(node.state, wrongIn(node.network), policy);
  const mayAnswer = (node) => {
    if (policy.rules !== 2) return !node.state.convicted;
    const stands = standingOf(node.address, node.state, world.now, policy);
    if (stands === 'seed') return true;
    // A network that gave two wrong answers comes after all others of standing, who hold everything here.
    return stands === 'standing' && wrongIn(node.network) < 2;
  };

  function audit(node, isWrong) {
    const before = node.state.wrong;
    audits.audit(node, isWrong);
    // More than three make no difference.
    if (node.state.wrong !== before) wrong.set(node.network, [...(wrong.get(node.network) ?? []), world.now].slice(-3));
  }

  /** One key answers until it may no more, or the calls end. Returns how many it answered. */
  function answer(node, most, isLying, perMinute) {
    let done = 0;
    for (;;) {
      done += chance.tries(shareOf(node));
      if (done > most) return most;
      audit(node, isLying);
      // What it answers until the audit ends is wrong too.
      if (!mayAnswer(node)) return Math.min(most, done + Math.round(auditMinutes * perMinute));
    }
  }

  function hour(calls) {
    let left = calls;
    counts.calls += calls;
    const isLying = strategy.liesToCallers(world.age());
    const crowd = people.bad.filter(mayAnswer);
    const offset = isLying ? 0 : chance.below(Math.max(1, crowd.length));
    for (let i = 0; i < crowd.length && left > 0; i++) {
      if (!mayAnswer(crowd[(i + offset) % crowd.length])) continue;
      const done = answer(crowd[(i + offset) % crowd.length], left, isLying, calls / 60);
      left -= done;
      if (isLying) counts.wrong += done;
    }
    if (left <= 0) return;
    const others = world.honest().filter(mayAnswer);
    for (const node of others) {
      const audited = chance.successes(Math.round(left / others.length), shareOf(node));
      for (let n = 0; n < audited; n++) audit(node, false);
    }
  }

  return { hour, counts };
}
