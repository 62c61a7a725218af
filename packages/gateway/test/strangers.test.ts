import type { Address } from '@callable/protocol';
import { answerDoubled, createReleaseView, createTestNode, dial, refuse, type TestNode } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { listStandings } from './support/list-standings.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView({
  vectors: [{ name: 'one', inputs: { X: [[1, 2]] }, outputs: { Y: [[2, 4]] }, rtol: 1e-5, atol: 0 }],
});
const verified = {
  ...release,
  verification: {
    ...{ drawn: 1, quorum: 1, epoch: 1, own: 1, auditClass: 'tolerance' as const, tolerance: 2e-5 },
    ...{ findings: [], reports: [] },
  },
};
const releases = [verified];
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });
const call = (url: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { method: 'POST', body: inputs, headers });
type Said = { node: Address; outputs: unknown; standing: string; code?: string; confirmedBy?: Address };
const say = async (response: Response) => (await response.json()) as Said;

/** Answers at once with numbers of its own, under a good receipt. */
const liar = () =>
  createTestNode(releases, {
    announcement: { slots: { used: 0, limit: 100 } },
    async answer(node, head) {
      const body = new TextEncoder().encode('{"Y":[[666,666]]}');
      return { head: node.sign(verified, head, body), body };
    },
  });
/** Right, after as long as a model of its size takes. */
const slowNode = (ms = 20) =>
  createTestNode(releases, {
    async answer(node, head, body) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return answerDoubled(node, releases, head, body);
    },
  });
const modes: [string, () => TestNode][] = [
  ['answers with inventions', liar],
  [
    'claims that the model fails',
    () => createTestNode(releases, { answer: async () => refuse('CallFailed', 'division by zero', true) }),
  ],
  [
    'claims that the input is wrong',
    () => createTestNode(releases, { answer: async () => refuse('InvalidInput', 'INT64', false) }),
  ],
  ['never answers', () => createTestNode(releases, { answer: () => new Promise(() => {}) })],
];
const asSeed = ({ node }: TestNode) => ({ node, class: 'seed' as const });
const asNewcomer = ({ node }: TestNode) => ({ node, class: 'newcomer' as const });
const asStanding = ({ node }: TestNode) => ({ node, class: 'standing' as const });

test.each(modes)(
  'attack by a key that never joined: one that %s gets none of 30 calls, though it is idle',
  async (_, evil) => {
    const honest = slowNode();
    const stranger = evil();
    const knownNodes = listStandings([asSeed(honest)]);
    await using gateway = await startTestGateway({ releases, nodes: [honest], overrides: { knownNodes } });
    await using _dialled = await dialled(gateway.url, stranger);
    const answers = await Promise.all(Array.from({ length: 6 }, async () => say(await call(gateway.url))));
    for (let n = 0; n < 24; n++) answers.push(await say(await call(gateway.url)));
    expect(answers.filter(({ node, standing }) => node !== honest.node || standing !== 'seed')).toEqual([]);
    expect(stranger.calls).toEqual([]);
  },
);

test.each(modes)(
  'attack from 50 networks: keys that %s have none of 30 calls answered, and honest newcomers among them get copies',
  async (_, evil) => {
    const seed = slowNode(5);
    const honest = [createTestNode(releases), createTestNode(releases)];
    const evils = Array.from({ length: 50 }, evil);
    let now = 1_000_000;
    const knownNodes = listStandings([asSeed(seed), ...[...honest, ...evils].map(asNewcomer)]);
    await using gateway = await startTestGateway({
      releases,
      nodes: [seed, ...honest, ...evils],
      config: { defaultTimeoutMs: 100 },
      overrides: { knownNodes, clock: () => now },
    });
    const answered = new Map<string, number>();
    const deadline = Date.now() + 20_000;
    for (let n = 0; n < 30 || honest.some(({ calls }) => calls.length === 0); n++) {
      // The pace of copies is by the clock: no network has a second one before the others have had theirs.
      now += 4_000;
      const { node, standing } = await say(await call(gateway.url, { 'callable-timeout-ms': '10000' }));
      answered.set(`${node} ${standing}`, (answered.get(`${node} ${standing}`) ?? 0) + 1);
      expect(Date.now()).toBeLessThan(deadline);
    }
    expect([...answered.keys()]).toEqual([`${seed.node} seed`]);
    expect(gateway.reports.every((report) => report.outcome === 'good' && report.batch.batch.node === seed.node)).toBe(
      true,
    );
  },
  30_000,
);

test.each(modes)(
  'attack by an operator of a node of standing: one that %s answers nobody once it was compared',
  async (_, evil) => {
    const honest = slowNode(5);
    const other = evil();
    const knownNodes = listStandings([asSeed(honest), asStanding(other)]);
    await using gateway = await startTestGateway({ releases, nodes: [honest, other], overrides: { knownNodes } });
    for (let n = 0; n < 30; n++) expect((await say(await call(gateway.url))).node).toBe(honest.node);
    await expect.poll(() => other.calls.length).toBeGreaterThan(0);
    expect(gateway.ctx.comparisons.isProven(other.node, release.digest)).toBe(false);
  },
);

test('a sixth replica of standing serves within seconds: after one call of its own whose answer went nowhere', async () => {
  // Slow beside what a busy machine adds to the first call: else the sixth seems so much quicker that it gets all.
  const seed = slowNode(100);
  const sixth = slowNode(100);
  const knownNodes = listStandings([asSeed(seed), asStanding(sixth)]);
  await using gateway = await startTestGateway({ releases, nodes: [seed, sixth], overrides: { knownNodes } });
  expect((await say(await call(gateway.url))).node).toBe(seed.node);
  await expect.poll(() => gateway.ctx.comparisons.isProven(sixth.node, release.digest)).toBe(true);
  expect(gateway.reports.length).toBe(1);
  const [copied] = sixth.calls;
  expect(copied?.head.request).not.toBe(seed.calls[0]?.head.request);
  expect(Object.keys(copied?.head ?? {}).sort()).toEqual(Object.keys(seed.calls[0]?.head ?? {}).sort());
  const answers = await Promise.all(Array.from({ length: 6 }, async () => say(await call(gateway.url))));
  expect(new Set(answers.map(({ standing }) => standing))).toEqual(new Set(['seed', 'standing']));
});

test('attack: a caller who refuses copies is not copied, and keeps nobody from being', async () => {
  const seed = createTestNode(releases);
  const sixth = createTestNode(releases);
  const knownNodes = listStandings([asSeed(seed), asStanding(sixth)]);
  // Copies are paced by the clock, which stands still: there is one turn for all of these calls.
  const [now, nodes] = [Date.now(), [seed, sixth]];
  await using gateway = await startTestGateway({ releases, nodes, overrides: { knownNodes, clock: () => now } });
  const refusing = { 'callable-copy': 'no' };
  for (let n = 0; n < 5; n++) expect((await call(gateway.url, refusing)).status).toBe(200);
  const body = JSON.stringify({ X: [[3, 4]] });
  expect((await fetch(gateway.url + path, { method: 'POST', body })).status).toBe(200);
  await expect.poll(() => gateway.ctx.comparisons.isProven(sixth.node, release.digest)).toBe(true);
  expect(sixth.calls.map((one) => Buffer.from(one.body).toString())).toEqual([body]);
  const refused = await call(gateway.url, { 'callable-copy': 'No' });
  expect([refused.status, (await say(refused)).code]).toEqual([400, 'RequestInvalid']);
});

test('attack by one of standing that was never compared: a trusted node that is slow for once has its calls nevertheless', async () => {
  let ms = 0;
  const seed = createTestNode(releases, {
    async answer(node, head, body) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return answerDoubled(node, releases, head, body);
    },
  });
  const [other, proven] = [liar(), liar()];
  const knownNodes = listStandings([asSeed(seed), asStanding(other), asStanding(proven)]);
  await using gateway = await startTestGateway({ releases, nodes: [seed, other], overrides: { knownNodes } });
  const ask = async () => (await say(await call(gateway.url, { 'callable-copy': 'no' }))).node;
  for (let n = 0; n < 30; n++) expect(await ask()).toBe(seed.node);
  ms = 300;
  expect(await ask()).toBe(seed.node);
  expect(other.calls).toEqual([]);
  // It was slow enough: who was compared is asked.
  gateway.attach(proven);
  gateway.ctx.comparisons.right(proven.node, release.digest);
  ms = 2_000;
  expect(await ask()).toBe(proven.node);
  expect(other.calls).toEqual([]);
});

test('where nobody of standing holds a release a newcomer answers, and says so; a caller may ask for standing alone', async () => {
  const newcomer = createTestNode(releases);
  const stranger = liar();
  const knownNodes = listStandings([asNewcomer(newcomer)]);
  await using gateway = await startTestGateway({ releases, nodes: [stranger, newcomer], overrides: { knownNodes } });
  for (let n = 0; n < 10; n++)
    expect(await say(await call(gateway.url))).toMatchObject({ node: newcomer.node, standing: 'newcomer' });
  const infer = await fetch(`${gateway.url}/v2/models/${release.reference}/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs: [{ name: 'X', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] }),
  });
  expect(infer.headers.get('callable-standing')).toBe('newcomer');
  expect(await infer.json()).toMatchObject({ parameters: { standing: 'newcomer' } });
  const refused = await call(gateway.url, { 'callable-standing': 'only' });
  expect([refused.status, (await say(refused)).code]).toEqual([503, 'NoNodeOfStanding']);
});

test('attack by newcomers: keeping the seed busy does not bring their answers about', async () => {
  const seed = slowNode(200);
  const newcomer = liar();
  const knownNodes = listStandings([asSeed(seed), asNewcomer(newcomer)]);
  await using gateway = await startTestGateway({
    releases,
    nodes: [seed, newcomer],
    config: { callsPerSlot: 1 },
    overrides: { knownNodes },
  });
  const answers = await Promise.all(Array.from({ length: 20 }, async () => say(await call(gateway.url))));
  expect(new Set(answers.map(({ code, node }) => code ?? node))).toEqual(new Set([seed.node, 'NodeBusy']));
});

test('in an open network newcomers that joined serve once they answered right, and who has not joined does not', async () => {
  // Slow beside what a busy machine adds: who once seemed ten times slower than the other would get none of a few calls.
  const nodes = [slowNode(100), slowNode(100)];
  const stranger = liar();
  const knownNodes = listStandings(nodes.map(asNewcomer), { open: true });
  await using gateway = await startTestGateway({ releases, nodes: [stranger, ...nodes], overrides: { knownNodes } });
  await call(gateway.url);
  await expect.poll(() => nodes.every(({ node }) => gateway.ctx.comparisons.isProven(node, release.digest))).toBe(true);
  const answers = await Promise.all(Array.from({ length: 24 }, async () => say(await call(gateway.url))));
  expect(new Set(answers.map(({ node }) => node))).toEqual(new Set(nodes.map(({ node }) => node)));
  expect(stranger.calls).toEqual([]);
});

test('attack by one of standing that was trusted: when a copy differs a seed says who is right', async () => {
  const first = liar();
  const second = createTestNode(releases);
  const seed = createTestNode(releases, { state: 'cached' });
  const knownNodes = listStandings([asStanding(first), asStanding(second), asSeed(seed)]);
  await using gateway = await startTestGateway({ releases, nodes: [first, second, seed], overrides: { knownNodes } });
  gateway.ctx.comparisons.right(first.node, release.digest);
  expect((await say(await call(gateway.url))).node).toBe(first.node);
  await expect.poll(() => gateway.ctx.comparisons.isOut(first.node, release.digest)).toBe(true);
  expect(gateway.ctx.comparisons.isProven(second.node, release.digest)).toBe(true);
  expect(seed.calls.length).toBe(1);
});

test('attack: who was caught lying, or differed, comes back in no panic', async () => {
  const differed = liar();
  const convicted = liar();
  const knownNodes = listStandings([asStanding(differed)], { convicted: [convicted.node] });
  await using gateway = await startTestGateway({ releases, nodes: [differed, convicted], overrides: { knownNodes } });
  gateway.ctx.comparisons.differed(differed.node, release.digest, 'publisher');
  expect((await call(gateway.url)).status).toBe(503);
  expect([differed.calls, convicted.calls]).toEqual([[], []]);
});

async function dialled(url: string, node: TestNode): Promise<AsyncDisposable> {
  const { socket } = await dial(url, node);
  expect(socket.readyState).toBe(WebSocket.OPEN);
  return { [Symbol.asyncDispose]: async () => socket.terminate() };
}
