import { createReleaseView, createTestNode, dial } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const releases = [release];
const path = `/v1/run/${release.reference}`;
const inputs = JSON.stringify({ X: [[1, 2]] });
const call = (url: string, timeoutMs = 20_000) =>
  fetch(url + path, { method: 'POST', body: inputs, headers: { 'callable-timeout-ms': String(timeoutMs) } });
/** Its hub does not answer, and its nodes have not dialled yet. */
const startAlone = (settledAt: number) => startTestGateway({ releases, overrides: { settledAt } });

test('a call in the first second of a gateway waits for the node that is about to dial', async () => {
  await using gateway = await startAlone(Date.now() + 60_000);
  const early = call(gateway.url);
  const late = call(gateway.url, 300);
  expect((await late).status).toBe(503);
  const node = createTestNode(releases);
  await dial(gateway.url, node);
  expect(await (await early).json()).toMatchObject({ outputs: { Y: [[2, 4]] }, node: node.node });
});

test('when it has settled, the same call hears at once that nobody is there', async () => {
  await using gateway = await startAlone(Date.now());
  const refused = await call(gateway.url);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.json()).toMatchObject({ code: 'NoNodeHoldsModel' });
});
