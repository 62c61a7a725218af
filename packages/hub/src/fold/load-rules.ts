import { type Address, type LoggedStatement, parseAddress, type Rules, type Statement } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findDelegations } from './find-delegations.ts';
import { findNodeStates } from './find-node-states.ts';
import { readPolicy } from './read-policy.ts';

/** What the fold of one more statement depends on: no more of the network than the statement names. */
export async function loadRules(
  ctx: Pick<HubContext, 'rules'>,
  tx: Transaction<Schema>,
  { statement }: LoggedStatement,
  { publisher = null, nodes = [] }: { publisher?: Address | null; nodes?: readonly Address[] } = {},
): Promise<Rules> {
  return {
    policy: await readPolicy(ctx, tx),
    hub: ctx.rules.hub,
    nodes: await findNodeStates(tx, [...nodes, ...judgedNodes(statement)]),
    delegations: await findDelegations(tx, principals(statement, publisher)),
  };
}

/** Whose standing matters: those who are drawn, those who report, those whose answers are told of. */
function judgedNodes({ kind, body, signer }: Statement): Address[] {
  if (kind === 'release.drawn') return addresses((body as { validators?: unknown }).validators);
  if (kind === 'release.probed') return addresses([(body as { node?: unknown }).node]);
  if (kind === 'release.called')
    return ((body as { byNode?: { node: Address }[] }).byNode ?? []).map(({ node }) => node);
  return kind === 'release.validated' || kind === 'audit.finished' ? [signer] : [];
}

/** For whom the signer may be acting, unless it is them. */
function principals({ kind, body, signer }: Statement, publisher: Address | null): Address[] {
  if (!actingKinds.has(kind)) return [];
  const { publisher: named, operator } = body as { publisher?: unknown; operator?: unknown };
  return [...new Set(addresses([named, operator, publisher]))].filter((principal) => principal !== signer);
}

const actingKinds = new Set([
  'release.published',
  'release.yanked',
  'release.deprecated',
  'model.aliased',
  'node.joined',
]);

const addresses = (values: unknown): Address[] =>
  Array.isArray(values)
    ? values.flatMap((value) => (typeof value === 'string' ? (parseAddress(value) ?? []) : []))
    : [];
