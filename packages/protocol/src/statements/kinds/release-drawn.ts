import { reduceReports } from '../../conditions/reduce-reports.ts';
import type { Panel, ReleaseState, Round, ValidatorReport } from '../../conditions/release-state.ts';
import type { Address } from '../../identity/address.ts';
import { type Digest, hexOfDigest } from '../../identity/digest.ts';
import { emptyNodeState } from '../../nodes/node-state.ts';
import { standingOf } from '../../nodes/standing.ts';
import { isOpenNetwork } from '../../policy/policy.ts';
import { orNull } from '../../schema/fields.ts';
import { Type } from '../../schema/type.ts';
import type { Rules } from '../rules.ts';
import { address, count, network } from './fields.ts';
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
    /** Keyed hashes of the networks of the validators, in their order, and of the publisher; null where none is known. */
    networks: Type.Optional(Type.Array(orNull(network))),
    publisherNetwork: Type.Optional(orNull(network)),
  }),
  folds: 'release',
  step: (state, { body, at, id }, rules) => {
    const validators = independent(body.validators, state.publisher, rules);
    // The panel may ask for more agreement than the published policy, never for less.
    const quorum = Math.max(body.quorum, Math.min(rules.policy.validators.quorum, validators.length));
    const own = validators.filter((validator) => operatorOf(validator, rules) === rules.hub);
    const sealed = body.sealed === true;
    const round = roundOf(validators, body, { at, id }, rules);
    const panel: Panel = { validators, quorum, epoch: body.epoch, own, sealed, revealed: false, round };
    // What was found under other rules proves nothing under these.
    const isSameEpoch = state.panel?.epoch === body.epoch;
    const reports = isSameEpoch ? boundReports(state.reports, validators) : {};
    // What was committed to in another round is about other inputs.
    const commitments = isSameEpoch && (round?.open ?? true) ? only(state.commitments, validators) : {};
    return reduceReports({ ...state, panel, reports, commitments }, at, id, rules);
  },
  seats: ({ validators }) => validators,
});

/** Under the rules of version 2 a draw begins a round; who sits in it for whom follows from the records of the nodes. */
function roundOf(
  validators: readonly Address[],
  { validators: named, networks = [], publisherNetwork = null }: Networks,
  { at, id }: { at: number; id: Digest },
  { policy, nodes }: Rules,
): Round | null {
  if (policy.rules !== 2) return null;
  const standing = (node: Address) => standingOf(node, nodes?.get(node) ?? emptyNodeState(node), at, policy);
  const known = named.flatMap((node, index) => (networks[index] ? [[node, networks[index]]] : []));
  return {
    id: hexOfDigest(id),
    open: isOpenNetwork(policy),
    seeds: validators.filter((node) => standing(node) === 'seed'),
    standing: validators.filter((node) => standing(node) === 'standing'),
    networks: Object.fromEntries(known),
    publisherNetwork,
    recomputed: {},
    marks: {},
  };
}
type Networks = { validators: Address[]; networks?: (string | null)[]; publisherNetwork?: string | null };

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

/**
 * Nobody twice, and nobody who belongs to the publisher: it would judge itself, through a second key. Where
 * panels decide by count each operator once. Elsewhere that would only punish who declares one.
 */
function independent(validators: readonly Address[], publisher: Address | null, rules: Rules): Address[] {
  const seen = new Set<string>(publisher === null ? [] : [publisher]);
  return validators.filter((validator) => {
    const operator = operatorOf(validator, rules);
    if (seen.has(operator) || seen.has(validator) || rules.nodes?.get(validator)?.convicted) return false;
    seen.add(validator);
    if (isOpenNetwork(rules.policy)) seen.add(operator);
    return true;
  });
}

const operatorOf = (node: Address, rules: Rules) => rules.nodes?.get(node)?.operator ?? node;
