import type { Address } from '../identity/address.ts';
import type { Policy } from '../policy/policy.ts';
import { conditionReasons } from '../reasons/condition-reasons.ts';
import type { StatementBody } from '../statements/kinds.ts';
import { type Statement, statementId } from '../statements/statement.ts';
import { reduceCalls } from './reduce-calls.ts';
import { reduceReports } from './reduce-reports.ts';
import type { ReleaseState } from './release-state.ts';
import { moveTrack, type Track } from './track.ts';

/** A statement with the hub's time of logging it: the order and the clock of the fold. */
export type LoggedStatement = { statement: Statement; loggedAt: number };

/** What the fold depends on beside the statements themselves. */
export type Rules = { policy: Policy; hub: Address };

/**
 * One step of the fold from statements to the state of a release. Pure: anybody who has the log computes the
 * same. A statement by somebody who has no say in the matter changes nothing.
 */
export function reduceRelease(state: ReleaseState, logged: LoggedStatement, rules: Rules): ReleaseState {
  const { statement, loggedAt: at } = logged;
  const byHub = statement.signer === rules.hub;
  const id = statementId(statement);
  switch (statement.kind) {
    case 'release.published':
      return published(state, statement, at, id);
    case 'release.stored':
      return byHub ? stored(state, statement.body as StatementBody<'release.stored'>, at, id, rules) : state;
    case 'release.drawn':
      return byHub ? drawn(state, statement.body as StatementBody<'release.drawn'>, at, id, rules) : state;
    case 'release.validated':
      return validated(state, statement, at, id, rules);
    case 'release.blocked':
      return byHub ? blocked(state, statement.body as StatementBody<'release.blocked'>, at, id) : state;
    case 'release.probed':
      return byHub ? probed(state, statement.body as StatementBody<'release.probed'>, at, id, rules) : state;
    case 'release.called':
      return byHub
        ? reduceCalls(state, statement.body as StatementBody<'release.called'>, at, id, rules.policy)
        : state;
    default:
      return state;
  }
}

function withTrack(
  state: ReleaseState,
  type: keyof ReleaseState['tracks'],
  at: number,
  next: Omit<Track, 'since'>,
): ReleaseState {
  return { ...state, tracks: { ...state.tracks, [type]: moveTrack(state.tracks[type], at, next) } };
}

function published(state: ReleaseState, statement: Statement, at: number, id: string): ReleaseState {
  const body = statement.body as StatementBody<'release.published'>;
  if (statement.signer !== body.publisher || state.publisher !== null) return state;
  const { sentence } = conditionReasons.AllBytesArrived;
  return withTrack({ ...state, publisher: body.publisher }, 'Uploaded', at, {
    status: 'True',
    reason: 'AllBytesArrived',
    message: sentence,
    checkedAt: at,
    expiresAt: null,
    evidence: [id],
  });
}

function stored(
  state: ReleaseState,
  body: StatementBody<'release.stored'>,
  at: number,
  id: string,
  rules: Rules,
): ReleaseState {
  return withTrack(state, 'Stored', at, {
    status: body.ok ? 'True' : 'False',
    reason: body.reason,
    message: body.message,
    checkedAt: at,
    expiresAt: body.ok ? at + rules.policy.freshness.storedSeconds * 1000 : null,
    evidence: [id],
  });
}

function drawn(
  state: ReleaseState,
  body: StatementBody<'release.drawn'>,
  at: number,
  id: string,
  rules: Rules,
): ReleaseState {
  const panel = { validators: body.validators, quorum: body.quorum, epoch: body.epoch };
  return reduceReports({ ...state, panel }, at, id, rules.policy);
}

function validated(state: ReleaseState, statement: Statement, at: number, id: string, rules: Rules): ReleaseState {
  const body = statement.body as StatementBody<'release.validated'>;
  const mayReport =
    state.panel?.validators.includes(statement.signer) === true &&
    statement.signer !== state.publisher &&
    body.epoch === state.panel.epoch;
  if (!mayReport) return state;
  const report = { ok: body.ok, reason: body.reason, message: body.message, at, statement: id };
  return reduceReports({ ...state, reports: { ...state.reports, [statement.signer]: report } }, at, id, rules.policy);
}

function blocked(state: ReleaseState, body: StatementBody<'release.blocked'>, at: number, id: string): ReleaseState {
  if (body.condition !== 'Verified' && body.condition !== 'Reachable') return state;
  return withTrack(state, body.condition, at, {
    status: body.status === 'False' ? 'False' : 'Unknown',
    reason: body.reason,
    message: body.message,
    checkedAt: at,
    expiresAt: null,
    evidence: [id],
  });
}

function probed(
  state: ReleaseState,
  body: StatementBody<'release.probed'>,
  at: number,
  id: string,
  rules: Rules,
): ReleaseState {
  return withTrack(state, 'Reachable', at, {
    status: body.ok ? 'True' : 'False',
    reason: body.reason,
    message: body.message,
    checkedAt: at,
    expiresAt: body.ok ? at + rules.policy.freshness.reachableSeconds * 1000 : null,
    evidence: [id],
  });
}
