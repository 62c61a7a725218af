import type { Address } from '../identity/address.ts';
import { ownMember } from '../json/own-member.ts';
import { isOpenNetwork, type Policy } from '../policy/policy.ts';
import { convict } from './convict.ts';
import type { ConvictionReason, DrawnAudit, NodeState } from './node-state.ts';
import { decay } from './reliability.ts';
import { takeWrongAnswer } from './take-mark.ts';

/** The most unfinished audits of a node that are remembered: more are drawn only by a hub that misbehaves. */
const mostDrawn = 200;

/** What an exact audit may find that only a liar can have done. */
const lies: readonly string[] = ['AnswerWrong', 'ValidationInvented'] satisfies ConvictionReason[];

/** Notes who was drawn to run a call of a node again; never the node itself. */
export function noteDraw(
  state: NodeState,
  { receipt, exact, auditors: named }: { receipt: string; exact: boolean; auditors: DrawnAudit['auditors'] },
  node: string,
): NodeState {
  const auditors = [...new Set(named)].filter((auditor) => auditor !== node);
  if (auditors.length === 0) return state;
  const { [receipt]: _before, ...others } = state.drawn;
  const kept = Object.entries(others).slice(1 - mostDrawn);
  return { ...state, drawn: { ...Object.fromEntries(kept), [receipt]: { exact, auditors, said: {} } } };
}

type Hearing = { policy: Policy; isHeard: (auditor: Address) => boolean; isSeed: (auditor: Address) => boolean };

/**
 * What an audit of an answer says by now. Nobody else can see what the caller asked, so it convicts nobody: a wrong
 * answer costs all standing, and it is a seed that says so. Seeds that differ leave everything as it was. In a network
 * without seeds all who were drawn have to say it.
 */
function judgeAnswer(state: NodeState, receipt: string, at: number, { policy, isHeard, isSeed }: Hearing): NodeState {
  const audit = ownMember(state.drawn, receipt) as DrawnAudit;
  const isOpen = isOpenNetwork(policy);
  const judges = audit.auditors.filter((one) => isHeard(one) && (!audit.exact || isOpen || isSeed(one)));
  const words = judges.flatMap((auditor) => audit.said[auditor] ?? []);
  const right = words.some((word) => word.ok);
  const wrong = words.some((word) => !word.ok && lies.includes(word.reason));
  if (!audit.exact && right) return count(close(state, receipt), true, at, policy);
  if (words.length < judges.length || (!audit.exact && wrong)) return state;
  if (right && wrong) return close(state, receipt);
  const closed = count(close(state, receipt), right, at, policy);
  return audit.exact && wrong ? takeWrongAnswer(closed, at, receipt) : closed;
}

/**
 * Under the rules of version 1: what an audit says by now. A judge who was caught lying is not heard. One native answer that agrees is a pass. One
 * that does not decides nothing, because machines differ, and calls for judges. Two thirds of the judges, who all run
 * the same wasm, decide. Nobody decides a conviction: it follows from what drawn auditors signed.
 */
export function judgeAudit(
  state: NodeState,
  receipt: string,
  at: number,
  { policy, isHeard, isSeed }: Hearing,
): NodeState {
  const audit = ownMember(state.drawn, receipt) as DrawnAudit;
  if (policy.rules === 2) return judgeAnswer(state, receipt, at, { policy, isHeard, isSeed });
  const words = audit.auditors.filter(isHeard).flatMap((auditor) => audit.said[auditor] ?? []);
  const right = words.filter((word) => word.ok);
  const lying = words.filter((word) => !word.ok && lies.includes(word.reason));
  const needed = Math.ceil((audit.auditors.length * 2) / 3);
  if (audit.exact && lying.length >= needed) {
    const reason = lying[0]?.reason as ConvictionReason;
    const message = `${lying.length} of ${audit.auditors.length} judges computed something else than it signed.`;
    const evidence = lying.map((word) => word.statement);
    return count(convict(close(state, receipt), at, reason, message, evidence), false, at, policy);
  }
  if (right.length > audit.auditors.length - needed || (!audit.exact && right.length > 0))
    return count(close(state, receipt), true, at, policy);
  const isOver = words.length === audit.auditors.filter(isHeard).length;
  if (!isOver || (!audit.exact && lying.length > 0)) return state;
  return count(close(state, receipt), false, at, policy);
}

function close(state: NodeState, receipt: string): NodeState {
  const { [receipt]: _closed, ...drawn } = state.drawn;
  return { ...state, drawn };
}

function count(state: NodeState, ok: boolean, at: number, policy: Policy): NodeState {
  const weight = decay(at - state.audits.at, policy);
  const audits = {
    passed: state.audits.passed * weight + (ok ? 1 : 0),
    failed: state.audits.failed * weight + (ok ? 0 : 1),
    count: state.audits.count + 1,
    at,
  };
  return { ...state, audits };
}
