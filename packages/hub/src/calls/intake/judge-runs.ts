import type { Address, Digest, SignedBatch } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../../context.ts';
import type { Schema } from '../../db/schema.ts';
import type { CallsThread } from '../desk/calls-thread.ts';
import type { Run } from '../desk/group-runs.ts';
import type { OpenedSegment, Times } from '../desk/open-segment.ts';
import type { Judgement } from '../desk/tally-segment.ts';
import type { EvidenceBudget } from '../evidence/evidence-budget.ts';
import { placeOf } from './segment-files.ts';

export type Judged = {
  judgement: Judgement;
  known: number;
  refused: Record<string, number>;
  forks: { first: SignedBatch; second: SignedBatch }[];
};

type Asked = {
  gateway: Address;
  times: Times;
  evidence: EvidenceBudget;
  thread: CallsThread;
  ticket: string;
  opened: OpenedSegment;
};

/**
 * What of a segment is filed, and what of that is usage. Batches of nodes caught lying are worth nothing; those of nodes that
 * have not joined are evidence, within a bound; those that are filed are known, or prove a fork.
 */
export async function judgeRuns(
  ctx: Pick<HubContext, 'tlog'>,
  tx: Transaction<Schema>,
  { gateway, times, evidence, thread, ticket, opened }: Asked,
): Promise<Judged> {
  const nodes = [...new Set([...opened.runs, ...opened.forks.map(({ first }) => first)].map(({ node }) => node))];
  const joined = await findNodes(tx, nodes);
  const dropped = new Map<number, true | number[]>();
  const judged = { known: 0, refused: new Map<string, number>(), forks: [] as Judged['forks'] };
  const refuse = (why: string, count: number) => judged.refused.set(why, (judged.refused.get(why) ?? 0) + count);
  for (const [index, run] of opened.runs.entries()) {
    const filed = await findFiled(tx, run);
    const places = filed.flatMap((row) => placeOf(ctx, row) ?? []);
    const found = filed.length > 0 ? await thread.ask('compare', ticket, index, places) : null;
    if (found) {
      // What cannot be read cannot be told apart: it was filed, and one number of a session is filed once.
      const isLost = found.lost > 0 || places.length < filed.length;
      dropped.set(index, isLost ? true : [...found.known, ...found.forking]);
      judged.known += isLost ? run.batches : found.known.length;
      if (found.fork) judged.forks.push(found.fork);
      if (found.forking.length > 0) refuse('fork', found.forking.length);
    }
    const node = joined.get(run.node);
    const calls = run.last - run.first + 1;
    const isFresh = !found || dropped.get(index) !== true;
    const why = !isFresh
      ? null
      : node?.convicted
        ? 'convicted'
        : node === undefined && !evidence.take(gateway, calls)
          ? 'stranger'
          : null;
    if (why === null) continue;
    dropped.set(index, true);
    refuse(why, run.batches);
  }
  const strangers = nodes.filter((node) => !joined.has(node));
  // attack: a statement for each of a thousand keys that were made for it.
  const isSaid = ({ first }: { first: SignedBatch }) => joined.has(first.node) || evidence.take(gateway, first.count);
  return {
    judgement: {
      dropped: [...dropped],
      strangers,
      operators: nodes.flatMap((node): [Address, Address][] => {
        const operator = joined.get(node)?.operator;
        return operator ? [[node, operator]] : [];
      }),
      publishers: await findPublishers(tx, opened.releases),
      probes: await findProbes(tx, opened.callers),
      times,
    },
    known: judged.known,
    refused: Object.fromEntries(judged.refused),
    forks: [...opened.forks, ...judged.forks].filter(isSaid),
  };
}

async function findNodes(tx: Transaction<Schema>, nodes: readonly Address[]) {
  if (nodes.length === 0) return new Map<Address, { convicted: boolean; operator: Address | null }>();
  const rows = await tx
    .selectFrom('node')
    .leftJoin('node_state', 'node_state.node', 'node.address')
    .select(['address', 'node_state.convicted', 'node_state.operator'])
    .where('address', 'in', nodes)
    .execute();
  return new Map(
    rows.map(({ address, convicted, operator }) => [address, { convicted: convicted === true, operator }] as const),
  );
}

/** Segments with receipts of these numbers. As no two runs overlap, there are no more than the run has numbers. */
const findFiled = (tx: Transaction<Schema>, { session, node, first, last }: Run) =>
  tx
    .selectFrom('receipt_run')
    .innerJoin('segment', 'segment.id', 'receipt_run.segment')
    .select(['segment.file', 'segment.offset', 'segment.length'])
    .distinct()
    .where('session', '=', session)
    .where('node', '=', node)
    .where('first', '<=', last)
    .where('last', '>=', first)
    .execute();

async function findPublishers(tx: Transaction<Schema>, releases: readonly string[]): Promise<[string, Address][]> {
  if (releases.length === 0) return [];
  const digests = releases.map((hex) => `sha256:${hex}` as Digest);
  const rows = await tx.selectFrom('release').select(['digest', 'publisher']).where('digest', 'in', digests).execute();
  return rows.map(({ digest, publisher }) => [digest.slice('sha256:'.length), publisher]);
}

const rowsAtOnce = 10_000;

async function findProbes(tx: Transaction<Schema>, callers: readonly Address[]): Promise<Address[]> {
  const found: Address[] = [];
  for (let at = 0; at < callers.length; at += rowsAtOnce) {
    const some = callers.slice(at, at + rowsAtOnce);
    const rows = await tx.selectFrom('probe_caller').select('address').where('address', 'in', some).execute();
    found.push(...rows.map(({ address }) => address));
  }
  return found;
}
