import type { Address, NodeState } from '@callable/protocol';
import type { Kysely } from 'kysely';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';

/** The standing of these nodes, as far as the log says anything of them. */
export async function findNodeStates(
  db: Pick<Kysely<Schema>, 'selectFrom'>,
  nodes: readonly Address[],
): Promise<Map<string, NodeState>> {
  if (nodes.length === 0) return new Map();
  const rows = await db.selectFrom('node_state').select(['node', 'state']).where('node', 'in', nodes).execute();
  return new Map(rows.map((row) => [row.node, readJson(row.state)]));
}
