import { Check } from 'typebox/value';
import type { LoggedStatement, Rules } from '../conditions/reduce-release.ts';
import { actsFor } from '../delegations/delegation.ts';
import type { Address } from '../identity/address.ts';
import { receiptId, type SignedReceipt } from '../receipts/receipt.ts';
import { verifyReceipt } from '../receipts/verify-receipt.ts';
import { AuditDrawn, AuditFinished, ReceiptForked } from '../statements/kinds/audits.ts';
import { NodeJoined } from '../statements/kinds.ts';
import { statementId } from '../statements/statement.ts';
import type { ConvictionReason, DrawnAudit, NodeState } from './node-state.ts';
import { decay } from './reliability.ts';

/** The most unfinished audits of a node that are remembered: more are drawn only by a hub that misbehaves. */
const mostDrawn = 200;

/** What an exact audit may find that only a liar can have done. */
const lies: readonly string[] = ['AnswerWrong', 'ValidationInvented'] satisfies ConvictionReason[];

/**
 * One step of the fold from the statements about a node to its standing. Pure, like that of releases: a conviction is
 * no decision of the hub but follows from what drawn auditors signed, or from two receipts of the node itself.
 */
export function reduceNode(state: NodeState, logged: LoggedStatement, rules: Rules): NodeState {
  const { statement, loggedAt: at } = logged;
  const { body } = statement;
  switch (statement.kind) {
    case 'node.joined':
      return statement.signer === statement.subject && Check(NodeJoined, body)
        ? joined(state, body.operator, logged, rules)
        : state;
    case 'audit.drawn':
      return statement.signer === rules.hub && Check(AuditDrawn, body) ? drawn(state, body, statement.subject) : state;
    case 'audit.finished':
      return Check(AuditFinished, body) ? finished(state, body, logged, rules) : state;
    case 'receipt.forked':
      return Check(ReceiptForked, body) && isFork(body, statement.subject)
        ? convict(state, at, 'ReceiptForked', 'It signed two receipts under one sequence number.', [
            statementId(statement),
          ])
        : state;
    default:
      return state;
  }
}

/** An operator is believed when both said so: the node in its statement, the operator in a delegation. */
function joined(
  state: NodeState,
  operator: NodeState['operator'] | undefined,
  { statement, loggedAt: at }: LoggedStatement,
  rules: Rules,
): NodeState {
  const key = statement.signer;
  const claimed = operator ?? key;
  const isSo = actsFor(rules.delegations ?? [], { key, principal: claimed, scope: 'operate', at });
  return { ...state, joinedAt: state.joinedAt ?? at, operator: isSo ? claimed : key };
}

function drawn(
  state: NodeState,
  body: { receipt: string; exact: boolean; auditors: DrawnAudit['auditors'] },
  node: string,
): NodeState {
  const auditors = [...new Set(body.auditors)].filter((auditor) => auditor !== node);
  if (auditors.length === 0) return state;
  const { [body.receipt]: _before, ...others } = state.drawn;
  const kept = Object.entries(others).slice(1 - mostDrawn);
  return {
    ...state,
    drawn: { ...Object.fromEntries(kept), [body.receipt]: { exact: body.exact, auditors, said: {} } },
  };
}

function finished(
  state: NodeState,
  body: { receipt: string; exact: boolean; ok: boolean; reason: string; message: string },
  { statement, loggedAt: at }: LoggedStatement,
  rules: Rules,
): NodeState {
  const audit = Object.hasOwn(state.drawn, body.receipt) ? state.drawn[body.receipt] : undefined;
  const { signer } = statement;
  if (!audit || audit.exact !== body.exact || !audit.auditors.includes(signer) || audit.said[signer]) return state;
  if (rules.nodes?.get(signer)?.convicted) return state;
  const said = { ...audit.said, [signer]: { ok: body.ok, reason: body.reason, statement: statementId(statement) } };
  return judge({ ...state, drawn: { ...state.drawn, [body.receipt]: { ...audit, said } } }, body.receipt, at, rules);
}

/**
 * What judges said who were caught lying themselves is not heard. One native answer that agrees is a pass; one that does not decides nothing, because machines differ, and calls for
 * judges. Two thirds of the judges, who all run the same wasm, decide.
 */
function judge(state: NodeState, receipt: string, at: number, rules: Rules): NodeState {
  const audit = state.drawn[receipt] as DrawnAudit;
  const isHeard = (auditor: Address) => !rules.nodes?.get(auditor)?.convicted;
  const words = audit.auditors.filter(isHeard).flatMap((auditor) => audit.said[auditor] ?? []);
  const right = words.filter((word) => word.ok);
  const lying = words.filter((word) => !word.ok && lies.includes(word.reason));
  const needed = Math.ceil((audit.auditors.length * 2) / 3);
  if (audit.exact && lying.length >= needed) {
    const reason = lying[0]?.reason as ConvictionReason;
    const message = `${lying.length} of ${audit.auditors.length} judges computed something else than it signed.`;
    const evidence = lying.map((word) => word.statement);
    return count(convict(close(state, receipt), at, reason, message, evidence), false, at, rules);
  }
  if (right.length > audit.auditors.length - needed || (!audit.exact && right.length > 0))
    return count(close(state, receipt), true, at, rules);
  const isOver = words.length === audit.auditors.filter(isHeard).length;
  if (!isOver || (!audit.exact && lying.length > 0)) return state;
  return count(close(state, receipt), false, at, rules);
}

function close(state: NodeState, receipt: string): NodeState {
  const { [receipt]: _closed, ...drawn } = state.drawn;
  return { ...state, drawn };
}

function count(state: NodeState, ok: boolean, at: number, { policy }: Rules): NodeState {
  const weight = decay(at - state.audits.at, policy);
  const audits = {
    passed: state.audits.passed * weight + (ok ? 1 : 0),
    failed: state.audits.failed * weight + (ok ? 0 : 1),
    count: state.audits.count + 1,
    at,
  };
  return { ...state, audits };
}

function convict(
  state: NodeState,
  at: number,
  reason: ConvictionReason,
  message: string,
  evidence: readonly string[],
): NodeState {
  return state.convicted ? state : { ...state, convicted: { at, reason, message, evidence } };
}

/** Two different receipts, both truly signed by the node, with one sequence number. */
function isFork({ first, second }: { first: SignedReceipt; second: SignedReceipt }, node: string): boolean {
  if (first.node !== node || second.node !== node || first.seq !== second.seq) return false;
  const { signature: _first, ...one } = first;
  const { signature: _second, ...other } = second;
  if (receiptId(one) === receiptId(other)) return false;
  return verifyReceipt(first, {}).ok && verifyReceipt(second, {}).ok;
}
