import { activatedOf, emptyNetworkState, figureActivation, reduceNetwork, type Statement } from '@callable/protocol';
import { expect } from 'vitest';
import { readActivation } from '../src/activation/read-activation.ts';
import type { HubContext } from '../src/index.ts';

/** What the hub keeps beside the log is exactly what anybody computes from the log alone, without knowing the hub. */
export async function expectKeptStatesToFollow(ctx: Pick<HubContext, 'db' | 'key' | 'rules' | 'clock'>): Promise<void> {
  const now = ctx.clock();
  const { rows, kept } = await ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => ({
      rows: await tx.selectFrom('statement').selectAll().orderBy('seq').execute(),
      kept: {
        releases: await tx.selectFrom('release_state').selectAll().execute(),
        nodes: await tx.selectFrom('node_state').selectAll().execute(),
        delegations: await tx.selectFrom('delegation').selectAll().execute(),
        activation: await readActivation({ db: tx, clock: () => now }),
        fold: await tx.selectFrom('log_fold').select(['policy', 'epoch_since']).executeTakeFirst(),
      },
    }));
  const network = emptyNetworkState();
  for (const row of rows)
    reduceNetwork(network, { statement: JSON.parse(row.content) as Statement, loggedAt: row.logged_at });
  const plain = (map: Map<string, unknown>) => JSON.parse(JSON.stringify(Object.fromEntries(map)));
  expect(Object.fromEntries(kept.releases.map((row) => [row.digest, JSON.parse(row.state)]))).toEqual(
    plain(network.releases),
  );
  expect(Object.fromEntries(kept.nodes.map((row) => [row.node, JSON.parse(row.state)]))).toEqual(plain(network.nodes));
  expect(Object.fromEntries(kept.delegations.map((row) => [row.principal, JSON.parse(row.content)]))).toEqual(
    plain(network.delegations),
  );
  const { counts, ...figures } = figureActivation(
    [...network.releases.values()].map((state) => activatedOf(state, now, network)),
    now,
  );
  expect(kept.activation).toMatchObject({ asOf: { size: rows.length, at: now }, ...figures });
  // Who was relied on follows from files of calls, and not from states.
  const folded = kept.activation.funnel.filter(({ stage }) => stage !== 'relied');
  expect(Object.fromEntries(folded.map(({ stage, count }) => [stage, count]))).toEqual(counts);
  expect(kept.fold?.policy && JSON.parse(kept.fold.policy)).toEqual(network.policy);
  expect(kept.fold?.epoch_since).toBe(network.epochSince);
  expect(ctx.rules.policy).toEqual(network.policy);
  expect(network.hub).toBe(ctx.rules.hub);
}
