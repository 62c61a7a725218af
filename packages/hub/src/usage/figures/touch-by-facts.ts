import type { Address, NodeState, StatementBody } from '@callable/protocol';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { HubContext } from '../../context.ts';
import { type JsonText, readJson } from '../../db/json-text.ts';
import type { Schema } from '../../db/schema.ts';
import { touchFigures } from './touch-figures.ts';

/** Statements looked at in one transaction. */
const atOnce = 1_000;

/**
 * What the log says of nodes, releases and keys decides what rows are worth: where it says something else than before, the figures they
 * are in are made again, of whichever day. Returns whether there was anything to look at.
 */
export async function touchByFacts(ctx: Pick<HubContext, 'db'>): Promise<boolean> {
  return ctx.db.transaction().execute(async (tx) => {
    const cursor = await sql<{ seq: number; upTo: number }>`
      select usage_fact_cursor.seq, (select least(max(seq), usage_fact_cursor.seq + ${atOnce}) from statement) as "upTo"
      from usage_fact_cursor for update of usage_fact_cursor`.execute(tx);
    const { seq, upTo } = cursor.rows[0] ?? { seq: -1, upTo: -1 };
    if (upTo === null || upTo <= seq) return false;
    await touchNodes(tx, seq);
    await touchReleases(tx, seq, upTo);
    await touchDelegates(tx, seq, upTo);
    await sql`update usage_fact_cursor set seq = ${upTo}`.execute(tx);
    return true;
  });
}

/** Nodes that joined, changed hands or were caught since; a node's state changes far more often than these. */
async function touchNodes(tx: Transaction<Schema>, seq: number): Promise<void> {
  const { rows } = await sql<{ node: Address; state: JsonText<NodeState>; known: string | null }>`
    select node_state.node, state, usage_node.operator || ' ' || joined || ' ' || usage_node.convicted as known
    from node_state left join usage_node on usage_node.node = decode(substr(node_state.node, 3), 'hex')
    where statement_seq > ${seq}`.execute(tx);
  const changed = rows
    .map(({ node, state, known }) => {
      const { operator, joinedAt, convicted } = readJson(state);
      const facts = { operator: operator ?? '', joined: joinedAt !== null, convicted: convicted !== null };
      return { node: node.slice(2), ...facts, known };
    })
    .filter(({ operator, joined, convicted, known }) => known !== `${operator} ${joined} ${convicted}`);
  if (changed.length === 0) return;
  await sql`
    insert into usage_node (node, operator, joined, convicted)
    select decode(node, 'hex'), operator, joined, convicted from unnest(${changed.map(({ node }) => node)}::text[],
      ${changed.map(({ operator }) => operator)}::text[], ${changed.map(({ joined }) => joined)}::boolean[],
      ${changed.map(({ convicted }) => convicted)}::boolean[]) as given (node, operator, joined, convicted)
    on conflict (node) do update set operator = excluded.operator, joined = excluded.joined, convicted = excluded.convicted
  `.execute(tx);
  const nodes = changed.map(({ node }) => node);
  await touchRowsOf(tx, seq + 1, sql`node in (select decode(hex, 'hex') from unnest(${nodes}::text[]) as given (hex))`);
}

/** A release whose calls were filed before it stood in the log has a publisher now. */
async function touchReleases(tx: Transaction<Schema>, seq: number, upTo: number): Promise<void> {
  await touchRowsOf(
    tx,
    seq + 1,
    sql`release in (select decode(substr(subject, 8), 'hex') from statement
      where seq > ${seq} and seq <= ${upTo} and kind = 'release.published')`,
  );
}

/** A key that called before it was delegated was never a stranger. */
async function touchDelegates(tx: Transaction<Schema>, seq: number, upTo: number): Promise<void> {
  const rows = await tx
    .selectFrom('statement')
    .select('content')
    .where('kind', '=', 'key.delegated')
    .where('seq', '>', seq)
    .where('seq', '<=', upTo)
    .execute();
  if (rows.length === 0) return;
  const keys = rows.map(({ content }) => (readJson(content).body as StatementBody<'key.delegated'>).key.slice(2));
  await touchRowsOf(
    tx,
    seq + 1,
    sql`caller in (select decode(hex, 'hex') from unnest(${keys}::text[]) as given (hex))`,
  );
}

/** Keyless calls are worth the same whatever is said: only rows of callers are looked for. */
async function touchRowsOf(tx: Transaction<Schema>, counted: number, which: RawBuilder<unknown>): Promise<void> {
  const { rows } = await sql<{ day: number; release: string; node: string }>`
    select distinct day, encode(release, 'hex') as release, encode(node, 'hex') as node from usage_caller
    where ${which}`.execute(tx);
  const days = new Map<number, { releases: Set<string>; nodes: Set<string> }>();
  for (const { day, release, node } of rows) {
    const known = days.get(day) ?? { releases: new Set(), nodes: new Set() };
    days.set(day, known);
    known.releases.add(release);
    known.nodes.add(node);
  }
  for (const [day, { releases, nodes }] of days)
    await touchFigures(tx, { day, counted, releases: [...releases], nodes: [...nodes] });
}
