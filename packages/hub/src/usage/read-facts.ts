import type { Address, UsageCaller, UsageFacts, UsageView } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { findNodeStates } from '../fold/find-node-states.ts';

/** What the log says of whoever is in these rows, and up to where it was read. */
export async function readFacts(
  tx: Transaction<Schema>,
  of: { release: string; publisher: Address },
  rows: readonly UsageCaller[],
): Promise<{ facts: UsageFacts; asOf: UsageView['asOf'] }> {
  const callers = [...new Set(rows.map(({ caller }) => caller))];
  const nodes = await findNodeStates(tx, [...new Set(rows.map(({ node }) => node))]);
  const principals = [of.publisher, ...[...nodes].flatMap(([node, { operator }]) => [node as Address, operator])];
  const delegates = await findDelegates(tx, principals);
  const probes = await findProbes(tx, callers);
  const since = await findFirstDays(tx, callers);
  const facts: UsageFacts = {
    publisherOf: (release) => (release === of.release ? of.publisher : null),
    nodeOf(node) {
      const state = nodes.get(node);
      if (!state || state.joinedAt === null) return null;
      return { operator: state.operator, isConvicted: state.convicted !== null };
    },
    isDelegate: (key, principal) => delegates.get(principal)?.has(key) === true,
    isProbe: (caller) => probes.has(caller),
    firstDayOf: (caller) => since.get(caller) ?? Number.MAX_SAFE_INTEGER,
  };
  return { facts, asOf: await readMoment(tx) };
}

/** Keys that act or acted for these: who was named once and is revoked was no stranger either. */
async function findDelegates(tx: Transaction<Schema>, principals: readonly Address[]) {
  const rows = await tx
    .selectFrom('delegation')
    .selectAll()
    .where('principal', 'in', [...new Set(principals)])
    .execute();
  return new Map(rows.map(({ principal, content }) => [principal, new Set(readJson(content).map(({ key }) => key))]));
}

async function findProbes(tx: Transaction<Schema>, callers: readonly Address[]): Promise<Set<Address>> {
  const { rows } = await sql<{ address: Address }>`
    select address from probe_caller where address = any(${callers}::text[])`.execute(tx);
  return new Set(rows.map(({ address }) => address));
}

async function findFirstDays(tx: Transaction<Schema>, callers: readonly Address[]): Promise<Map<Address, number>> {
  const { rows } = await sql<{ caller: string; since: number }>`
    select encode(caller, 'hex') as caller, since from usage_key
    where caller in (select decode(hex, 'hex') from unnest(${callers.map((caller) => caller.slice(2))}::text[]) as given (hex))
  `.execute(tx);
  return new Map(rows.map(({ caller, since }) => [`0x${caller}` as Address, since]));
}

async function readMoment(tx: Transaction<Schema>): Promise<UsageView['asOf']> {
  const { rows } = await sql<{ size: number; counted: number }>`
    select coalesce((select max(seq) + 1 from statement), 0) as size, (select seq + 1 from usage_cursor) as counted
  `.execute(tx);
  return { size: 0, counted: 0, ...rows[0], settledUntil: 0 };
}
