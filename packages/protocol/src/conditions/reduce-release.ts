import { Check } from 'typebox/value';
import { actsFor, type Delegation } from '../delegations/delegation.ts';
import type { Address } from '../identity/address.ts';
import type { NodeState } from '../network/node-state.ts';
import type { Policy } from '../policy/policy.ts';
import { conditionReasons } from '../reasons/condition-reasons.ts';
import { commitmentOf } from '../statements/commitment.ts';
import { ReleaseCommitted } from '../statements/kinds/validation.ts';
import {
  ReleaseBlocked,
  ReleaseCalled,
  ReleaseDrawn,
  ReleaseProbed,
  ReleasePublished,
  ReleaseStored,
  ReleaseValidated,
  type StatementBody,
} from '../statements/kinds.ts';
import { type Statement, statementId } from '../statements/statement.ts';
import { reduceCalls } from './reduce-calls.ts';
import { reduceNotices } from './reduce-notices.ts';
import { reduceReports } from './reduce-reports.ts';
import type { ReleaseState, ValidatorReport } from './release-state.ts';
import { ageTrack, moveTrack, type Track } from './track.ts';

/** A statement with the hub's time of logging it: the order and the clock of the fold. */
export type LoggedStatement = { statement: Statement; loggedAt: number };

/** What the fold depends on beside the statements themselves, as it stood when the statement was logged. */
export type Rules = {
  policy: Policy;
  hub: Address;
  /** The standing of the nodes a statement is by or about; who is not in it is its own operator and not convicted. */
  nodes?: ReadonlyMap<string, NodeState>;
  /** Who acts for whom. */
  delegations?: readonly Delegation[];
};

/**
 * One step of the fold from statements to the state of a release. Pure: anybody who has the log computes the
 * same. A statement by somebody who has no say in the matter, or whose body does not fit its kind, changes nothing.
 * The statements of a log are about one release, in log order, and no statement stands in it twice.
 */
export function reduceRelease(state: ReleaseState, logged: LoggedStatement, rules: Rules): ReleaseState {
  const { statement, loggedAt: at } = logged;
  const byHub = statement.signer === rules.hub;
  const fact = {
    signer: statement.signer,
    issuedAt: statement.issuedAt,
    at,
    id: statementId(statement),
    subject: statement.subject,
  };
  const { body } = statement;
  switch (statement.kind) {
    case 'release.published':
      return Check(ReleasePublished, body) ? published(state, body, fact, rules) : state;
    case 'release.stored':
      return byHub && Check(ReleaseStored, body) ? stored(state, body, fact, rules) : state;
    case 'release.drawn':
      return byHub && Check(ReleaseDrawn, body) ? drawn(state, body, fact, rules) : state;
    case 'release.committed':
      return Check(ReleaseCommitted, body) ? committed(state, body, fact) : state;
    case 'release.validated':
      return Check(ReleaseValidated, body) ? validated(state, body, fact, rules) : state;
    case 'release.blocked':
      return byHub && Check(ReleaseBlocked, body) ? blocked(state, body, fact) : state;
    case 'release.probed':
      return byHub && Check(ReleaseProbed, body) ? probed(state, body, fact, rules) : state;
    case 'release.called':
      return byHub && Check(ReleaseCalled, body) ? reduceCalls(state, body, at, fact.id, rules) : state;
    case 'release.yanked':
    case 'release.deprecated':
    case 'release.refused':
      return reduceNotices(state, logged, rules);
    default:
      return state;
  }
}

/** Who said something, when by their clock and by the log's, and the id of the statement. */
type Fact = { signer: Address; issuedAt: number; at: number; id: string; subject: string };

function withTrack(
  state: ReleaseState,
  type: keyof ReleaseState['tracks'],
  at: number,
  next: Omit<Track, 'since'>,
): ReleaseState {
  return { ...state, tracks: { ...state.tracks, [type]: moveTrack(state.tracks[type], at, next) } };
}

function published(
  state: ReleaseState,
  body: StatementBody<'release.published'>,
  fact: Fact,
  rules: Rules,
): ReleaseState {
  const delegation = { key: fact.signer, principal: body.publisher, scope: 'publish', at: fact.at } as const;
  if (state.publisher !== null || !actsFor(rules.delegations ?? [], delegation)) return state;
  const { sentence } = conditionReasons.AllBytesArrived;
  return withTrack({ ...state, publisher: body.publisher }, 'Uploaded', fact.at, {
    status: 'True',
    reason: 'AllBytesArrived',
    message: sentence,
    checkedAt: fact.at,
    expiresAt: null,
    evidence: [fact.id],
  });
}

function stored(
  state: ReleaseState,
  body: StatementBody<'release.stored'>,
  { at, id }: Fact,
  rules: Rules,
): ReleaseState {
  const fact = { reason: body.reason, message: body.message, checkedAt: at, evidence: [id] };
  if (!body.ok) return withTrack(state, 'Stored', at, { ...fact, status: 'False', expiresAt: null });
  const staleAt = at + rules.policy.freshness.storedSeconds * 1000;
  const endsAt = body.storedUntil ?? null;
  return withTrack(state, 'Stored', at, {
    ...fact,
    status: 'True',
    expiresAt: endsAt === null ? staleAt : Math.min(staleAt, endsAt),
    ...(endsAt === null ? {} : { endsAt }),
  });
}

function drawn(
  state: ReleaseState,
  body: StatementBody<'release.drawn'>,
  { at, id }: Fact,
  rules: Rules,
): ReleaseState {
  const validators = independent(body.validators, state.publisher, rules);
  // The panel may ask for more agreement than the published policy, never for less.
  const quorum = Math.max(body.quorum, Math.min(rules.policy.validators.quorum, validators.length));
  const own = validators.filter((validator) => operatorOf(validator, rules) === rules.hub);
  const panel = { validators, quorum, epoch: body.epoch, own, sealed: body.sealed === true, revealed: false };
  // What was found under other rules proves nothing under these.
  const isSameEpoch = state.panel?.epoch === body.epoch;
  const reports = isSameEpoch ? boundReports(state.reports, validators) : {};
  const commitments = isSameEpoch ? only(state.commitments, validators) : {};
  return reduceReports({ ...state, panel, reports, commitments }, at, id, rules.policy);
}

/** Reports of nodes that are drawn no more and may be drawn again; of more the oldest are asked anew. */
const mostOldReports = 50;

function boundReports(reports: ReleaseState['reports'], validators: readonly Address[]): ReleaseState['reports'] {
  const isDrawn = ([node]: [string, ValidatorReport]) => validators.includes(node as Address);
  const all = Object.entries(reports);
  const others = all.filter((one) => !isDrawn(one)).sort(([, a], [, b]) => a.at - b.at);
  return Object.fromEntries([...all.filter(isDrawn), ...others.slice(-mostOldReports)]);
}

const only = <Value>(map: Readonly<Record<string, Value>>, keys: readonly string[]): Record<string, Value> =>
  Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));

/** Each operator once, and nobody who belongs to the publisher: it would judge itself, through a second key. */
function independent(validators: readonly Address[], publisher: Address | null, rules: Rules): Address[] {
  const seen = new Set<string>(publisher === null ? [] : [publisher]);
  return validators.filter((validator) => {
    const operator = operatorOf(validator, rules);
    if (seen.has(operator) || seen.has(validator) || rules.nodes?.get(validator)?.convicted) return false;
    seen.add(operator).add(validator);
    return true;
  });
}

const operatorOf = (node: Address, rules: Rules) => rules.nodes?.get(node)?.operator ?? node;

/** Only before anybody has shown a report in this round: afterwards it could be a copy. */
function committed(state: ReleaseState, body: StatementBody<'release.committed'>, { signer }: Fact): ReleaseState {
  const { panel } = state;
  if (!panel?.sealed || panel.revealed || body.epoch !== panel.epoch || !panel.validators.includes(signer))
    return state;
  return { ...state, commitments: { ...state.commitments, [signer]: body.commitment } };
}

function validated(
  state: ReleaseState,
  body: StatementBody<'release.validated'>,
  { signer, issuedAt, at, id, subject }: Fact,
  rules: Rules,
): ReleaseState {
  const { panel } = state;
  const mayReport =
    panel?.validators.includes(signer) === true &&
    // Before it is known who publishes, a report could be the publisher's own.
    state.publisher !== null &&
    signer !== state.publisher &&
    !rules.nodes?.get(signer)?.convicted &&
    body.epoch === panel.epoch &&
    (!panel.sealed || state.commitments[signer] === commitmentOf(subject, signer, body));
  if (!panel || !mayReport) return state;
  const { [signer]: _opened, ...commitments } = state.commitments;
  // By the earlier clock: a hub that logs an old report late cannot make it young.
  const report = { ...reportOf(body), at: Math.min(issuedAt, at), statement: id };
  const next = {
    ...state,
    commitments,
    panel: { ...panel, revealed: true },
    reports: { ...state.reports, [signer]: report },
  };
  return reduceReports(next, at, id, rules.policy);
}

function reportOf(body: StatementBody<'release.validated'>): Omit<ValidatorReport, 'at' | 'statement'> {
  const { ok, reason, message } = body;
  return {
    ok,
    reason,
    message,
    runtime: `${body.runtime.name} ${body.runtime.version}`,
    findings: (body.findings ?? []).map(({ code, severity }) => ({ code, severity })),
    auditClass: body.auditClass ?? 0,
    spread: body.spread ?? null,
  };
}

function blocked(state: ReleaseState, body: StatementBody<'release.blocked'>, { at, id }: Fact): ReleaseState {
  const { condition } = body;
  if (condition !== 'Verified' && condition !== 'Reachable') return state;
  const before = ageTrack(state.tracks[condition], at);
  // That no node can verify now takes nothing from what a quorum has verified; it ends with its age.
  if (condition === 'Verified' && before.status === 'True') return state;
  return withTrack(state, condition, at, {
    status: body.status === 'False' ? 'False' : 'Unknown',
    reason: body.reason,
    message: body.message,
    // Nothing was checked: that is what it says.
    checkedAt: before.checkedAt,
    expiresAt: null,
    evidence: [id],
  });
}

function probed(
  state: ReleaseState,
  body: StatementBody<'release.probed'>,
  { at, id }: Fact,
  rules: Rules,
): ReleaseState {
  // The answer of a liar, which the hub asked before the conviction: it asks again.
  if (body.node !== null && rules.nodes?.get(body.node)?.convicted) return state;
  return withTrack({ ...state, reachedBy: body.node }, 'Reachable', at, {
    status: body.ok ? 'True' : 'False',
    reason: body.reason,
    message: body.message,
    checkedAt: at,
    expiresAt: body.ok ? at + rules.policy.freshness.reachableSeconds * 1000 : null,
    evidence: [id],
  });
}
