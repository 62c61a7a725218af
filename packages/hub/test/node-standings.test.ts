import { type Address, addressOf, defaultPolicy, emptyNodeState, type NodeState } from '@callable/protocol';
import { type Client, listNodeStandings, submitStatement } from '@callable/sdk';
import { lease, randomKey, signForHub } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { toJsonText } from '../src/db/json-text.ts';
import { createStandingsBoard } from '../src/nodes/standings-board.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

/** A node that joined and asked for work from an address. */
async function join(hub: TestHub, from: string, client: Client = hub.client(randomKey(), from)): Promise<Address> {
  const subject = addressOfClient(client);
  const body = { software: 'test/1', memoryBytes: 1e9, slots: 4 };
  await submitStatement(client, signForHub(client, { kind: 'node.joined', subject, body }));
  await lease(client, 0);
  return subject;
}

it('gateways are told how nodes stand and which share a network, never which network it is', async () => {
  const seed = randomKey();
  const policy = { ...defaultPolicy, rules: 2 as const, seeds: [addressOf(seed)] };
  await using hub = await startTestHub({ config: { policy } });
  const named = await join(hub, '198.51.101.7', hub.client(seed, '198.51.101.7'));
  const two = [await join(hub, '203.0.115.7'), await join(hub, '203.0.115.9')];
  const hidden = await join(hub, '10.0.0.7');
  const { open, nodes, next } = await listNodeStandings(hub.client());
  expect([open, next]).toEqual([false, null]);
  const of = (node: Address | undefined) => nodes.find((one) => one.node === node);
  expect(nodes.map((one) => one.node)).toEqual([named, ...two, hidden].sort());
  expect(of(named)).toMatchObject({ class: 'seed', operator: named });
  expect(of(two[0])).toMatchObject({ class: 'newcomer', network: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(of(two[1])?.network).toBe(of(two[0])?.network);
  expect(of(named)?.network).not.toBe(of(two[0])?.network);
  expect(of(hidden)?.network).toBe('unknown');
  expect(JSON.stringify(nodes)).not.toMatch(/203\.0|198\.51|10\.0/);
});

it('attack by one network: a thousand keys are listed as sixty-four, and read once for any number of gateways', async () => {
  await using hub = await startTestHub();
  const other = await join(hub, '198.51.101.7');
  const rows = Array.from({ length: 1_000 }, (_, n) => ({
    address: `0x${String(n).padStart(40, '0')}` as Address,
    ...{ software: 'evil/1', memory_bytes: 1, slots: 1, joined_at: n, last_seen_at: hub.ctx.clock() },
    ...{ announcement: null, network: '203.0.115.0/24', sessions: null, holdings_session: null },
  }));
  await hub.ctx.db.insertInto('node').values(rows).execute();
  let read = 0;
  const board = createStandingsBoard({
    ...hub.ctx,
    get db() {
      read++;
      return hub.ctx.db;
    },
  });
  const pages = await Promise.all(Array.from({ length: 50 }, () => board.page()));
  expect(pages[49]?.nodes.length).toBe(65);
  expect(pages[49]?.nodes.map(({ node }) => node)).toContain(other);
  expect(read).toBe(4);
  expect((await board.page(pages[0]?.nodes[60]?.node)).nodes.length).toBe(4);
});

it('attack by patient keys: after two wrong answers of a network its nodes of standing are asked after all others', async () => {
  const seeds = [addressOf(randomKey())];
  await using hub = await startTestHub({
    config: { policy: { ...defaultPolicy, seeds, standing: { comparisons: 1, days: 0 } } },
  });
  const now = hub.ctx.clock();
  const [liar, neighbour] = [await join(hub, '203.0.115.7'), await join(hub, '203.0.115.9')];
  const other = await join(hub, '198.51.101.7');
  const stands = { runtime: 'ort', compared: { ort: { confirmed: 1, firstAt: now, lastAt: now } } };
  const keep = async (node: Address, more: Partial<NodeState>) => {
    const kept = { state: toJsonText({ ...emptyNodeState(node), ...more }), wrong: more.wrong?.length ?? 0 };
    await hub.ctx.db.updateTable('node_state').set(kept).where('node', '=', node).execute();
  };
  const classOf = async (node: Address) =>
    (await createStandingsBoard(hub.ctx).page()).nodes.find((one) => one.node === node)?.class;
  const wrong = (count: number) => Array.from({ length: count }, () => ({ at: now, receipt: '5a'.repeat(32) }));
  for (const node of [neighbour, other]) await keep(node, stands);
  await keep(liar, { wrong: wrong(1) });
  expect([await classOf(neighbour), await classOf(other)]).toEqual(['standing', 'standing']);
  await keep(liar, { wrong: wrong(2) });
  expect([await classOf(neighbour), await classOf(other)]).toEqual(['newcomer', 'standing']);
});
