import {
  type Digest,
  emptyNetworkState,
  type NetworkState,
  needsOf,
  type ReleaseState,
  reduceNetwork,
} from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson, toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { lockLog } from './append-statement.ts';
import { foldVersion } from './fold-version.ts';
import { readPolicy } from './read-policy.ts';
import { refuseUnknownRules, rulesUnknown } from './refuse-unknown-rules.ts';
import { writeAlias } from './write-alias.ts';
import { writeDelegations } from './write-delegations.ts';
import { writeLabel } from './write-label.ts';
import { writeNodeStates } from './write-node-states.ts';
import { writeReleaseStates } from './write-release-states.ts';

const statementsAtOnce = 1000;
const rowsAtOnce = 500;

/**
 * Folds the whole log into the kept states, when they were folded by another version of the reducer or never. They are
 * a cache: nothing is lost with them. Throws RulesUnknown, and leaves everything as it was, on a log whose rules this
 * software does not know.
 */
export async function refoldLog(ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>): Promise<void> {
  await ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const kept = await tx.selectFrom('log_fold').select(['version', 'policy']).executeTakeFirst();
    if (kept?.policy) refuseUnknownRules(readJson(kept.policy));
    if (kept?.version === foldVersion) return;
    for (const table of [
      'release_state',
      'release_stage',
      'node_state',
      'delegation',
      'alias',
      'label',
      'release_seat',
      'log_fold',
    ] as const)
      await tx.deleteFrom(table).execute();
    await writeStates(ctx, tx, await foldLog(ctx, tx));
  });
}

/** The fold of every statement from the first; notes which nodes it met in which releases. */
async function foldLog(ctx: Pick<HubContext, 'rules'>, tx: Transaction<Schema>): Promise<NetworkState> {
  const state = emptyNetworkState(ctx.rules.hub);
  for (let after = -1; ; ) {
    const rows = await tx
      .selectFrom('statement')
      .select(['seq', 'logged_at', 'content'])
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(statementsAtOnce)
      .execute();
    const logged = rows.map((row) => ({
      statement: readJson(row.content),
      loggedAt: row.logged_at,
    }));
    for (const one of logged) reduceNetwork(state, one);
    if (state.stop) throw rulesUnknown(state.stop.rules, `Entry ${state.stop.index} of the log`);
    const seats = logged.flatMap(({ statement }) =>
      needsOf(statement, null).seats.map((node) => [node, statement.subject]),
    );
    await sql`
      insert into release_seat (node, release)
      select distinct * from unnest(${seats.map(([node]) => node)}::text[], ${seats.map(([, release]) => release)}::text[])
      on conflict do nothing`.execute(tx);
    const last = rows.at(-1);
    if (!last || rows.length < statementsAtOnce) return state;
    after = last.seq;
  }
}

async function writeStates(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  state: NetworkState,
): Promise<void> {
  const seq = state.size - 1;
  const hasPolicy = await tx
    .selectFrom('statement')
    .select('seq')
    .where('kind', '=', 'policy.adopted')
    .limit(1)
    .execute();
  const policy = hasPolicy.length > 0 ? toJsonText(state.policy) : null;
  await tx
    .insertInto('log_fold')
    .values({ id: 1, version: foldVersion, policy, epoch_since: state.epochSince })
    .execute();
  const { epoch } = (await readPolicy(ctx, tx)).policy;
  const releases = [...state.releases] as [Digest, ReleaseState][];
  for (let at = 0; at < releases.length; at += rowsAtOnce)
    await writeReleaseStates(tx, new Map(releases.slice(at, at + rowsAtOnce)), { at: ctx.clock(), seq, epoch });
  const nodes = [...state.nodes];
  for (let at = 0; at < nodes.length; at += rowsAtOnce)
    await writeNodeStates(tx, new Map(nodes.slice(at, at + rowsAtOnce)), seq);
  for (const [principal, delegations] of state.delegations) await writeDelegations(tx, principal as never, delegations);
  for (const [subject, alias] of state.aliases) await writeAlias(tx, subject, alias);
  for (const label of state.labels.values()) await writeLabel(tx, label, label);
}
