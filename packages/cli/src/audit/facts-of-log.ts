import { type Address, type Digest, hexOfDigest, type NetworkState, type UsageFacts } from '@callable/protocol';
import type { FirstDays } from './first-days.ts';

/** What the entries of a log say of whoever is in rows: the same as the hub has in its tables. */
export function factsOfLog(
  state: Pick<NetworkState, 'releases' | 'nodes' | 'delegations'>,
  firstDays: Pick<FirstDays, 'of'>,
  probes: ReadonlySet<Address>,
): UsageFacts {
  const publishers = new Map<string, Address>();
  for (const [digest, { publisher }] of state.releases)
    if (publisher !== null) publishers.set(hexOfDigest(digest as Digest), publisher);
  const delegates = new Map<string, ReadonlySet<string>>();
  for (const [principal, given] of state.delegations) delegates.set(principal, new Set(given.map(({ key }) => key)));
  return {
    publisherOf: (release) => publishers.get(release) ?? null,
    nodeOf(node) {
      const known = state.nodes.get(node);
      if (!known || known.joinedAt === null) return null;
      return { operator: known.operator, isConvicted: known.convicted !== null };
    },
    isDelegate: (key, principal) => delegates.get(principal)?.has(key) === true,
    // Until their keys are in the log nobody but the hub knows them: `compareFigures` says what rests on its word.
    isProbe: (caller) => probes.has(caller),
    firstDayOf: (caller) => firstDays.of(caller),
  };
}
