import {
  type Address,
  emptyNodeState,
  isOpenNetwork,
  type NodeStandingList,
  type NodeStandingView,
  standingOf,
  unknownNetwork,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { countWrongAnswers } from './count-wrong-answers.ts';
import { hashNetwork } from './hash-network.ts';

const nodesPerPage = 1_000;
/** So long a node is listed after it was seen, milliseconds: a hub that starts again has seen nobody just now. */
const seenLatelyMs = 600_000;
/** What was read is told again for this long, and for so many times as long as it took, however many gateways ask. */
const keptMs = 2_000;
const timesItTook = 50;
const rowsAtOnce = 500;
/** attack: keys are free. Those of one network that joined first are listed, and stand for all of it. */
const newcomersPerNetwork = 64;
/**
 * attack: patient keys of one network lie one after the other, each until its audit ends: 1.7 % of all calls were answered
 * wrong by 1,000 keys on ten networks (`bench/sybil.mjs`), 0.02 % so. A network with so many wrong answers is asked after all others.
 */
const mostWrongOfNetwork = 1;

/** How nodes stand, from memory. */
export type StandingsBoard = {
  /** A page in the order of addresses; `after` is the `next` of the page before. */
  page(after?: string): Promise<NodeStandingList>;
};

type Listed = { open: boolean; nodes: readonly NodeStandingView[] };
type ReadContext = Pick<HubContext, 'db' | 'clock' | 'rules' | 'key'>;

export function createStandingsBoard(ctx: ReadContext): StandingsBoard {
  let kept: { until: number; list: Promise<Listed> } | null = null;

  function list(): Promise<Listed> {
    if (kept && kept.until > ctx.clock()) return kept.list;
    const startedAt = ctx.clock();
    const reading = readStandings(ctx);
    // While it is read, whoever asks waits for the same; what fails is asked for again.
    const own = { until: Number.POSITIVE_INFINITY, list: reading };
    kept = own;
    reading.then(
      () => {
        own.until = ctx.clock() + Math.max(keptMs, timesItTook * (ctx.clock() - startedAt));
      },
      () => {
        if (kept === own) kept = null;
      },
    );
    return reading;
  }

  return {
    async page(after = '') {
      const { open, nodes } = await list();
      const rest = nodes.filter(({ node }) => node > after);
      const shown = rest.slice(0, nodesPerPage);
      return { open, nodes: shown, next: rest.length > shown.length ? (shown.at(-1)?.node ?? null) : null };
    },
  };
}

async function readStandings(ctx: ReadContext): Promise<Listed> {
  const { policy } = ctx.rules;
  const nodes: NodeStandingView[] = [];
  const newcomers = new Map<string, number>();
  const wrong = await countWrongAnswers(ctx);
  let after: { joined_at: number; address: Address } | null = null;
  do {
    const rows = await readRows(ctx, after);
    for (const row of rows) {
      const state = row.state === null ? emptyNodeState(row.address) : readJson(row.state);
      const own = standingOf(row.address, state, ctx.clock(), policy);
      if (own === 'convicted') continue;
      const isLate = own === 'standing' && (wrong.get(row.network ?? unknownNetwork) ?? 0) > mostWrongOfNetwork;
      const stands = isLate ? 'newcomer' : own;
      const network = hashNetwork(ctx, row.network) ?? unknownNetwork;
      if (stands === 'newcomer') {
        const before = newcomers.get(network) ?? 0;
        if (before >= newcomersPerNetwork) continue;
        newcomers.set(network, before + 1);
      }
      nodes.push({ node: row.address, class: stands, operator: state.operator, network });
    }
    after = rows.length < rowsAtOnce ? null : (rows.at(-1) ?? null);
  } while (after !== null);
  nodes.sort((a, b) => (a.node < b.node ? -1 : 1));
  return { open: isOpenNetwork(policy), nodes };
}

/** In the order in which they joined. */
function readRows(ctx: ReadContext, after: { joined_at: number; address: Address } | null) {
  let query = ctx.db
    .selectFrom('node')
    .leftJoin('node_state', 'node_state.node', 'node.address')
    .select(['address', 'joined_at', 'network', 'node_state.state'])
    .where('last_seen_at', '>', ctx.clock() - seenLatelyMs)
    .orderBy('joined_at')
    .orderBy('address')
    .limit(rowsAtOnce);
  if (after !== null) {
    const { joined_at, address } = after;
    query = query.where((is) =>
      is.or([is('joined_at', '>', joined_at), is('joined_at', '=', joined_at).and('address', '>', address)]),
    );
  }
  return query.execute();
}
