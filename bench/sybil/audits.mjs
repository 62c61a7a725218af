import { standingOf } from '@callable/protocol';

/**
 * Audits of answers (and, under the rules of version 1, of validations) by the hub's rules: who runs it first is of another
 * network, and of standing; seeds judge. Under the rules of version 1 both are anybody.
 */
export function createAudits(world) {
  const { log, hub, chance, strategy, policy, people } = world;
  const counts = { audits: 0, judged: 0 };

  const finish = (node, receipt, auditor, exact, finding) => {
    const reason = finding ?? 'AnswerConfirmed';
    log.say('audit.finished', node.address, auditor.address, world.now, {
      ...{ receipt, release: world.anyRelease, exact, ok: finding === null, reason, message: '' },
      ...{ runtime: 'wasm', difference: null, tolerance: 0 },
    });
  };
  const announce = (node, receipt, auditors, exact) => {
    const named = auditors.map(({ address }) => address);
    log.say('audit.drawn', node.address, hub, world.now, {
      receipt,
      release: world.anyRelease,
      auditors: named,
      exact,
    });
  };

  /** What an auditor says: attackers cover for each other and accuse others. */
  const wordOf = (auditor, node, isWrong, lie) => {
    if (!auditor.isTheirs || !strategy.liesAsAuditor(world.age())) return isWrong ? lie : null;
    return node.isTheirs ? null : lie;
  };

  function draw(count, { network }, without = '') {
    const isHeard = (one) =>
      policy.rules !== 2 || one.isSeed || standingOf(one.address, one.state, world.now, policy) === 'standing';
    const found = [];
    const taken = new Set([network, without]);
    // By lot until somebody fits; a crowd of which nobody does ends it.
    const networks = world.networks();
    for (let tries = 0; tries < 400 && found.length < count; tries++) {
      const one = chance.pick(chance.pick(networks));
      if (taken.has(one.network) || !isHeard(one)) continue;
      taken.add(one.network);
      found.push(one);
    }
    return found;
  }

  /** Runs one answer or validation again. */
  function audit(node, isWrong, lie = 'AnswerWrong') {
    const [first] = draw(1, node);
    if (!first) return;
    counts.audits++;
    const receipt = chance.hex(64);
    announce(node, receipt, [first], false);
    const finding = wordOf(first, node, isWrong, lie);
    finish(node, receipt, first, false, finding);
    if (finding === null) return;
    const judges = policy.rules === 2 ? [people.seed] : draw(policy.audits.judges, node, first.network);
    if (judges.length < (policy.rules === 2 ? 1 : 2) || judges.includes(node)) return;
    if (policy.rules === 2) counts.judged++;
    announce(node, receipt, judges, true);
    for (const judge of judges) finish(node, receipt, judge, true, wordOf(judge, node, isWrong, lie));
  }

  return { audit, counts };
}
