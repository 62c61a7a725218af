import { CallableError, problemOf } from '@callable/protocol';
import { expect, it } from 'vitest';
import { sampleRanking, sampleUsage } from '../../test/sample-usage.ts';
import { testContext } from '../../test/test-context.ts';
import { runCommand } from '../main.ts';

const address = `0x${'ab'.repeat(20)}`;
const idle = { claimed: 0, failed: 0, cut: 0 };
const of = (kind: 'publisher' | 'node', some = {}) => sampleUsage({ kind, id: address, ...some });
const notFound = problemOf(new CallableError('NodeNotFound'), 'r1');

/** What a command asks of a hub that answers so, by the path that was asked. */
async function run(words: string[], answers: Record<string, unknown>) {
  const asked: string[] = [];
  const answer: typeof fetch = (input) => {
    const { pathname, search } = new URL(String(input instanceof Request ? input.url : input));
    asked.push(`${pathname}${search}`);
    const found = Object.entries(answers).find(([start]) => `${pathname}${search}`.startsWith(start))?.[1];
    const status = found === undefined ? 404 : ((found as { status?: number }).status ?? 200);
    const type = status === 200 ? 'application/json' : 'application/problem+json';
    return Promise.resolve(new Response(JSON.stringify(found ?? {}), { status, headers: { 'content-type': type } }));
  };
  const context = testContext({ fetch: answer });
  const code = await runCommand(context, words);
  return { code, asked, out: context.out.text(), err: context.err.text() };
}

it('without an argument it is the network, with a reference a release, with a handle a publisher', async () => {
  const any = { '/v1/usage': sampleUsage() };
  expect(await run(['usage'], any)).toMatchObject({ code: 0, asked: ['/v1/usage?days=7'] });
  expect((await run(['usage', 'acme/iris', '--days', '28'], any)).asked).toEqual([
    '/v1/usage?release=acme%2Firis&days=28',
  ]);
  expect((await run(['usage', 'acme'], any)).asked).toEqual(['/v1/usage?publisher=acme&days=7']);
});

it('an address is the publisher or the node that had any use, and the other is named', async () => {
  const both = { '/v1/usage?publisher': of('publisher'), '/v1/usage?node': of('node') };
  const publisher = await run(['usage', address], both);
  expect(publisher.out).toContain(`Publisher ${address}`);
  expect(publisher.err).toContain(`Taken as a publisher. The same address as a node: callable usage ${address} --node`);
  const node = await run(['usage', address], { ...both, '/v1/usage?publisher': of('publisher', idle) });
  expect(node.out).toContain(`Node ${address}`);
  expect(node.err).toContain('Taken as a node.');
  const alone = await run(['usage', address], { ...both, '/v1/usage?node': notFound });
  expect(alone).toMatchObject({ code: 0, err: '' });
  expect((await run(['usage', address, '--node'], both)).asked).toEqual([`/v1/usage?node=${address}&days=7`]);
});

it.each([
  [['usage', '--node']],
  [['usage', 'acme', '--node']],
  [['usage', address, '--node', '--publisher']],
  [['usage', 'acme/iris', '--publisher']],
  [['usage', 'A b']],
  [['usage', '--days', '91']],
  [['top', '--by', 'uploads']],
  [['top', '--nodes', '--publishers']],
  [['top', '--limit', '201']],
])('%j is used wrongly, and nothing is asked', async (words) => {
  const { code, asked } = await run(words, {});
  expect(code).toBe(2);
  expect(asked).toEqual([]);
});

it('callable top asks for the order it was told, and --json has what the hub said', async () => {
  const ranking = sampleRanking('node', [], { by: 'rising' });
  const { asked, out } = await run(['top', '--nodes', '--by', 'rising', '--json'], { '/v1/rankings': ranking });
  expect(asked).toEqual(['/v1/rankings?kind=node&by=rising&limit=10']);
  expect(JSON.parse(out)).toEqual(ranking);
});

it('callable nodes shows what is used, and of a hub without rankings the nodes as ever', async () => {
  const nodes = { nodes: [], next: null };
  const use = sampleRanking('node', [], { all: 3, used: 0 });
  const both = await run(['nodes', '--json'], { '/v1/nodes': nodes, '/v1/rankings': use });
  expect(JSON.parse(both.out)).toEqual({ ...nodes, use });
  expect(both.asked).toContain('/v1/rankings?kind=node&limit=200');
  const older = problemOf(new CallableError('RouteNotFound'), 'r1');
  expect(await run(['nodes'], { '/v1/nodes': nodes, '/v1/rankings': older })).toMatchObject({ code: 0, err: '' });
});
