import { reduceReports } from '../../conditions/reduce-reports.ts';
import type { ReleaseState, ValidatorReport } from '../../conditions/release-state.ts';
import type { Address } from '../../identity/address.ts';
import { Type } from '../../schema/type.ts';
import type { Rules } from '../rules.ts';
import { address, count } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releaseDrawn = kindRow({
  kind: 'release.drawn',
  says: 'Who shall validate it, and how many of them must agree.',
  subject: 'release digest',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    validators: Type.Array(address),
    quorum: Type.Integer({ minimum: 1 }),
    epoch: count,
    /** Reports count only after a commitment that was logged before any other report of this round. */
    sealed: Type.Optional(Type.Boolean()),
  }),
  folds: 'release',
  step: (state, { body, at, id }, rules) => {
    const validators = independent(body.validators, state.publisher, rules);
    // The panel may ask for more agreement than the published policy, never for less.
    const quorum = Math.max(body.quorum, Math.min(rules.policy.validators.quorum, validators.length));
    const own = validators.filter((validator) => operatorOf(validator, rules) === rules.hub);
    const panel = { validators, quorum, epoch: body.epoch, own, sealed: body.sealed === true, revealed: false };
    // What was found under other rules proves nothing under these.
    const isSameEpoch = state.panel?.epoch === body.epoch;
    const reports = isSameEpoch ? boundReports(state.reports, validators) : {};
    const commitments = isSameEpoch ? only(state.commitments, validators) : {};
    return reduceReports({ ...state, panel, reports, commitments }, at, id, rules);
  },
  seats: ({ validators }) => validators,
});

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
