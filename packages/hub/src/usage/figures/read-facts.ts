import type { Address, UsageCaller, UsageFacts } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { readJson } from '../../db/json-text.ts';
import type { Schema } from '../../db/schema.ts';
import { findNodeStates } from '../../fold/find-node-states.ts';
import { readSettled } from './read-settled.ts';

/** What the log says of whoever is in rows, learned as the rows pass. */
export type LearnedFacts = UsageFacts & {
  learn(rows: {
    hours: readonly { release: string }[];
    callers: readonly Known[];
    words: readonly Known[];
  }): Promise<void>;
};
type Known = Pick<UsageCaller, 'release' | 'node' | 'caller'>;

export function openFacts(tx: Transaction<Schema>): LearnedFacts {
  const publishers = new Map<string, Address | null>();
  const nodes = new Map<Address, { operator: Address | null; isConvicted: boolean } | null>();
  const delegates = new Map<Address, ReadonlySet<Address>>();
  const probes = new Set<Address>();
  const since = new Map<Address, number>();
  return {
    publisherOf: (release) => publishers.get(release) ?? null,
    nodeOf: (node) => nodes.get(node) ?? null,
    isDelegate: (key, principal) => delegates.get(principal)?.has(key) === true,
    isProbe: (caller) => probes.has(caller),
    firstDayOf: (caller) => since.get(caller) ?? Number.MAX_SAFE_INTEGER,
    async learn({ hours, words, ...rows }) {
      const callers = [...rows.callers, ...words];
      const releases = unknown(
        publishers,
        [...hours, ...callers].map(({ release }) => release),
      );
      const found = await findPublishers(tx, releases);
      for (const release of releases) publishers.set(release, found.get(release) ?? null);
      const newNodes = unknown(
        nodes,
        callers.map(({ node }) => node),
      );
      const states = await findNodeStates(tx, newNodes);
      for (const node of newNodes) {
        const state = states.get(node);
        const isKnown = state !== undefined && state.joinedAt !== null;
        nodes.set(node, isKnown ? { operator: state.operator, isConvicted: state.convicted !== null } : null);
      }
      const principals = [...found.values(), ...newNodes.flatMap((node) => nodes.get(node)?.operator ?? [])];
      const newPrincipals = unknown(delegates, principals);
      for (const principal of newPrincipals) delegates.set(principal, new Set());
      for (const [principal, keys] of await findDelegates(tx, newPrincipals)) delegates.set(principal, keys);
      const newCallers = unknown(
        since,
        callers.map(({ caller }) => caller),
      );
      for (const caller of await findProbes(tx, newCallers)) probes.add(caller);
      for (const [caller, day] of await findFirstDays(tx, newCallers)) since.set(caller, day);
    },
  };
}

const unknown = <Key>(known: ReadonlyMap<Key, unknown>, keys: readonly Key[]): Key[] =>
  [...new Set(keys)].filter((key) => !known.has(key));

async function findPublishers(tx: Transaction<Schema>, releases: readonly string[]): Promise<Map<string, Address>> {
  if (releases.length === 0) return new Map();
  const { rows } = await sql<{ hex: string; publisher: Address }>`
    select hex, publisher from unnest(${releases}::text[]) as given (hex) join release on release.digest = 'sha256:' || hex
  `.execute(tx);
  return new Map(rows.map(({ hex, publisher }) => [hex, publisher]));
}

/** Keys that act or acted for these: who was named once and is revoked was no stranger either. */
async function findDelegates(
  tx: Transaction<Schema>,
  principals: readonly Address[],
): Promise<Map<Address, ReadonlySet<Address>>> {
  if (principals.length === 0) return new Map();
  const rows = await tx.selectFrom('delegation').selectAll().where('principal', 'in', principals).execute();
  return new Map(rows.map(({ principal, content }) => [principal, new Set(readJson(content).map(({ key }) => key))]));
}

/** Of settled days those that the log shows, as everybody counts them; of later ones those that the hub made. */
async function findProbes(tx: Transaction<Schema>, callers: readonly Address[]): Promise<Address[]> {
  if (callers.length === 0) return [];
  const settled = await readSettled(tx);
  const { rows } = await sql<{ address: Address }>`
    select address from probe_caller where address = any(${callers}::text[]) and (revealed or created_at >= ${settled})`.execute(
    tx,
  );
  return rows.map(({ address }) => address);
}

async function findFirstDays(tx: Transaction<Schema>, callers: readonly Address[]): Promise<Map<Address, number>> {
  if (callers.length === 0) return new Map();
  const { rows } = await sql<{ hex: string; since: number }>`
    select hex, since from unnest(${callers.map((caller) => caller.slice(2))}::text[]) as given (hex)
    join usage_key on usage_key.caller = decode(hex, 'hex')`.execute(tx);
  return new Map(rows.map(({ hex, since }) => [`0x${hex}` as Address, since]));
}
