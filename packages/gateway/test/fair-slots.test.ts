import type { ReleaseView } from '@callable/protocol';
import { createClient, runModel } from '@callable/sdk';
import { answerDoubled, createReleaseView, createTestNode, randomKey, type TestNode } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { startTestGateway } from './support/start-test-gateway.ts';

const stranger = `0x${'5a'.repeat(20)}` as ReleaseView['manifest']['publisher'];
const victim = createReleaseView();
const slow = createReleaseView({ publisher: stranger, name: 'slow' });

/** Answers the victim at once and the stranger never. */
const busyNode = (releases: readonly ReleaseView[]): TestNode =>
  createTestNode(releases, {
    answer: (node, head, body, signal) =>
      head.release === victim.digest
        ? answerDoubled(node, releases, head, body)
        : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
  });

async function startFlooded(floods: readonly ReleaseView[], calls: number) {
  const releases = [victim, ...floods];
  const node = busyNode(releases);
  // A small room, so that a hundred calls are many.
  const gateway = await startTestGateway({ releases, nodes: [node], config: { callsPerSlot: 32 } });
  const over = new AbortController();
  // A key for each call: none of them has ever called before.
  const call = (release: ReleaseView, signal?: AbortSignal) =>
    runModel(
      createClient(gateway.url, { key: randomKey(), audiences: { gateway: gateway.ctx.address } }),
      release.digest,
      { X: [[1, 2]] },
      { signal },
    );
  const flooders = Array.from({ length: calls }, (_, n) =>
    call(floods[n % floods.length] as ReleaseView, over.signal).catch(({ code }: { code?: string }) => code),
  );
  await expect.poll(() => node.calls.length, { timeout: 20_000 }).toBeGreaterThan(60);
  return {
    ...gateway,
    node,
    call: () =>
      call(victim).then(
        ({ outputs }) => JSON.stringify(outputs),
        ({ code }: { code: string }) => code,
      ),
    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.all(flooders);
      await gateway[Symbol.asyncDispose]();
    },
  };
}

test("attack by a stranger: 100 calls of its slow model, under 100 keys, leave a victim's 83 calls answered", async () => {
  await using flooded = await startFlooded([slow], 100);
  const answers = new Map<string, number>();
  for (let n = 0; n < 83; n++) {
    const answer = await flooded.call();
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
  expect([...answers]).toEqual([['{"Y":[[2,4]]}', 83]]);
});

test('attack by a publisher: forty slow releases of one publisher are one publisher', async () => {
  const releases = Array.from({ length: 40 }, (_, n) => createReleaseView({ publisher: stranger, name: `slow-${n}` }));
  await using flooded = await startFlooded(releases, 150);
  for (let n = 0; n < 5; n++) expect(await flooded.call()).toBe('{"Y":[[2,4]]}');
  expect(flooded.node.calls.length).toBeLessThan(100);
});

test('nodes hear which calls came from one network, and not from which', async () => {
  const node = createTestNode([victim]);
  await using gateway = await startTestGateway({
    releases: [victim],
    nodes: [node],
    config: { trustedProxies: 1 },
  });
  const call = (from: string) =>
    fetch(`${gateway.url}/v1/run/${victim.reference}`, {
      method: 'POST',
      body: '{"X":[[1,2]]}',
      headers: { 'x-forwarded-for': from },
    });
  for (const from of ['203.0.114.7', '203.0.114.7', '203.0.114.8']) expect((await call(from)).status).toBe(200);
  const [first, same, other] = node.calls.map(({ head }) => head.origin);
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(same).toBe(first);
  expect(other).not.toBe(first);
});
