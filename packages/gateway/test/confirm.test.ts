import type { Address } from '@callable/protocol';
import { createClient, runModel } from '@callable/sdk';
import { createReleaseView, createTestNode, refuse } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { listStandings } from './support/list-standings.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const vectors = [{ name: 'one', inputs: { X: [[1, 2]] }, outputs: { Y: [[2, 4]] }, rtol: 1e-5, atol: 0 }];
const release = createReleaseView({ vectors });
const releases = [release];
const path = `/v1/run/${release.reference}`;
const inputs = { X: [[1, 2]] };
const confirm = { 'callable-confirm': '2' };
type Said = { node: Address; outputs: unknown; code?: string; confirmedBy?: Address; errors?: { node: Address }[] };
const call = async (url: string, headers: Record<string, string> = confirm) => {
  const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(inputs), headers });
  return { status: response.status, said: (await response.json()) as Said };
};
const answering = (text: string) =>
  createTestNode(releases, {
    async answer(node, head) {
      const body = new TextEncoder().encode(text);
      return { head: node.sign(release, head, body), body };
    },
  });
const honest = () => createTestNode(releases);
type Listed = Parameters<typeof listStandings>[0][number];
const start = (nodes: ReturnType<typeof honest>[], fields: Omit<Listed, 'node'>[]) =>
  startTestGateway({
    releases,
    nodes,
    overrides: {
      knownNodes: listStandings(nodes.map(({ node }, n) => ({ node, ...(fields[n] ?? { class: 'standing' }) }))),
    },
  });
const standing = { class: 'standing' as const };

test('two nodes answer, the caller gets what both say, and it counts once', async () => {
  const nodes = [honest(), answering('{ "Y": [[2.00000001, 4]] }')];
  await using gateway = await start(nodes, []);
  const { said } = await call(gateway.url);
  expect(new Set([said.node, said.confirmedBy])).toEqual(new Set(nodes.map(({ node }) => node)));
  expect(gateway.reports.length).toBe(1);
  const answer = await runModel(createClient(gateway.url), release.reference, inputs, { confirm: true });
  expect(nodes.map(({ node }) => node)).toContain(answer.confirmedBy);
});

test('through the Open Inference Protocol the answer names both', async () => {
  const nodes = [honest(), honest()];
  await using gateway = await start(nodes, []);
  const response = await fetch(`${gateway.url}/v2/models/${release.reference}/infer`, {
    method: 'POST',
    headers: confirm,
    body: JSON.stringify({ inputs: [{ name: 'X', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] }),
  });
  const { parameters } = (await response.json()) as { parameters: { node: Address; confirmed_by: Address } };
  expect(new Set([parameters.node, parameters.confirmed_by])).toEqual(new Set(nodes.map(({ node }) => node)));
  expect(response.headers.get('callable-confirmed-by')).toBe(parameters.confirmed_by);
});

test('attack by a node: one invention for one caller is not passed on', async () => {
  const nodes = [honest(), answering('{"Y":[[666,666]]}')];
  await using gateway = await start(nodes, []);
  const { status, said } = await call(gateway.url);
  expect([status, said.code]).toEqual([502, 'AnswersDiffer']);
  expect(new Set(said.errors?.map(({ node }) => node))).toEqual(new Set(nodes.map(({ node }) => node)));
  expect(gateway.reports).toEqual([]);
});

test('where two differ a third decides which of them is sent', async () => {
  const nodes = [answering('{"Y":[[666,666]]}'), honest(), honest()];
  await using gateway = await start(nodes, [{ class: 'seed' }]);
  const { said } = await call(gateway.url);
  expect(said).toMatchObject({ outputs: { Y: [[2, 4]] } });
  expect([said.node, said.confirmedBy]).not.toContain(nodes[0]?.node);
});

test.each<[string, Omit<Listed, 'node'>[]]>([
  [
    'one network',
    [
      { ...standing, network: 'n' },
      { ...standing, network: 'n' },
    ],
  ],
  [
    'one operator',
    [
      { ...standing, operator: '0x1' as Address },
      { ...standing, operator: '0x1' as Address },
    ],
  ],
  [
    'networks that nobody knows',
    [
      { ...standing, network: 'unknown' },
      { ...standing, network: 'unknown' },
    ],
  ],
])('attack by an operator: two nodes of %s are one voice', async (_, fields) => {
  const nodes = [honest(), honest()];
  await using gateway = await start(nodes, fields);
  const { status, said } = await call(gateway.url);
  expect([status, said.code]).toEqual([503, 'NoSecondNode']);
  expect(nodes.flatMap(({ calls }) => calls)).toEqual([]);
});

test('what both refuse is refused as ever, what one refuses is not confirmed', async () => {
  const refusing = () => createTestNode(releases, { answer: async () => refuse('InvalidInput', 'no', false) });
  await using both = await start([refusing(), refusing()], []);
  expect((await call(both.url)).said.code).toBe('InvalidInput');
  await using one = await start([refusing(), honest()], []);
  expect((await call(one.url)).said.code).toBe('NoSecondNode');
});

test('nothing in pieces is confirmed, and another word than 2 is refused', async () => {
  await using gateway = await start([honest(), honest()], []);
  const pieces = await call(gateway.url, { ...confirm, accept: 'text/event-stream' });
  expect([pieces.status, pieces.said.code]).toEqual([400, 'RequestInvalid']);
  expect((await call(gateway.url, { 'callable-confirm': '3' })).said.code).toBe('RequestInvalid');
});
