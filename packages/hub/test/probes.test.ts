import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressOf, type Manifest, type PrivateKey, readVectorBytes } from '@callable/protocol';
import {
  conditionOf,
  type GatewayStandIn,
  joinAsNode,
  manifestOf,
  playBatches,
  playGateway,
  publishBytes,
  randomKey,
  reportBatches,
  reportCall,
  untilRelease,
} from '@callable/stand-ins';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countCalls } from '../src/calls/count-calls.ts';
import { forgetProbeCallers } from '../src/calls/forget-probe-callers.ts';
import { callAsStranger } from '../src/path/call-as-stranger.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

describe('a probe', () => {
  let gateway: GatewayStandIn | undefined;
  afterEach(() => gateway?.[Symbol.asyncDispose]());
  const manifest = manifestOf(randomKey(), Buffer.from('x'));
  const node = addressOf(randomKey());

  async function probe(
    handle: (request: IncomingMessage, response: ServerResponse) => void,
    given: { manifest?: Manifest; outputs?: Record<string, unknown>; signal?: AbortSignal } = {},
  ) {
    gateway = await playGateway((request, response) => {
      request.resume();
      handle(request, response);
    });
    const vector = readVectorBytes(
      { name: 'v', inputs: { x: [1] }, outputs: given.outputs ?? { y: [2] }, rtol: 1e-3, atol: 1e-6 },
      null,
    )!;
    const signal = given.signal ?? new AbortController().signal;
    return callAsStranger(hub.ctx, gateway.url, 'a/b@1.0.0', given.manifest ?? manifest, vector, signal);
  }
  const json = (status: number, body: unknown) => (_request: IncomingMessage, response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  it('finds a right answer right, within the tolerance of the vector', async () => {
    const finding = await probe(json(200, { outputs: { y: [2.0001] }, node }));
    expect(finding).toMatchObject({ ok: true, reason: 'ProbeAnswered', node });
  });

  it.each([
    ['a wrong value', { y: [3] }],
    ['another shape', { y: [[2]] }],
    ['no such output', { z: [2] }],
    ['a text', { y: 'two' }],
    ['null', { y: null }],
    ['an output of the prototype', JSON.parse('{"__proto__":{"y":[2]}}')],
  ])('finds %s wrong', async (_case, outputs) => {
    expect(await probe(json(200, { outputs, node }))).toMatchObject({ ok: false, reason: 'VectorFailed', node: null });
  });

  it.each([
    ['nothing of its API', json(200, { hello: 1 })],
    ['an error without a reason', json(500, {})],
    ['a page', (_request: IncomingMessage, response: ServerResponse) => response.end('<html>')],
    ['nothing', (_request: IncomingMessage, response: ServerResponse) => response.destroy()],
    [
      'JSON nested deeper than a stack',
      (_request: IncomingMessage, response: ServerResponse) =>
        response.end(`{"outputs":{"y":${'['.repeat(1e6)}${']'.repeat(1e6)}},"node":"x"}`),
    ],
    [
      'half of a surrogate pair and a long lie',
      json(502, {
        ...{
          type: '',
          title: '\ud800',
          status: 1,
          code: 'Ok\ud800',
          who: '',
          retry: true,
          charged: true,
          requestId: '',
        },
        detail: `${'\ud83d'.repeat(5000)}`,
      }),
    ],
  ])('of a gateway that answers %s says ProbeFailed', async (_case, handle) => {
    const finding = await probe(handle as never);
    expect(finding).toMatchObject({ ok: false, reason: 'ProbeFailed' });
    expect(finding.message.length).toBeLessThanOrEqual(1000);
    expect(finding.message).not.toMatch(/[\ud800-\udfff](?![\udc00-\udfff])/);
  });

  it('takes in no more than 32 MiB of an endless answer', async () => {
    let sent = 0;
    const piece = Buffer.alloc(1 << 20, ' ');
    const finding = await probe((_request, response) => {
      const send = () => {
        while (!response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once('drain', send);
        }
      };
      send();
    });
    expect(finding).toMatchObject({ ok: false, reason: 'ProbeFailed' });
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });

  it('follows no redirect to where only the hub can reach', async () => {
    let followed = false;
    const finding = await probe((request, response) => {
      if (request.url === '/secret') followed = true;
      response.writeHead(303, { location: '/secret' }).end('{}');
    });
    expect(finding).toMatchObject({ ok: false, reason: 'ProbeFailed' });
    expect(followed).toBe(false);
  });

  it('passes on the reason of a release that is not callable', async () => {
    const problem = { type: '', title: 'x', status: 503, code: 'NoNodeHoldsModel', who: 'network', retry: true };
    const finding = await probe(json(503, { ...problem, detail: 'Nobody.', charged: false, requestId: '1' }));
    expect(finding).toMatchObject({ ok: false, reason: 'NoNodeHoldsModel', message: 'Nobody.' });
  });

  it('of a gateway that is starting, or whose hub is away, learns nothing of the release', async () => {
    const problem = { type: '', title: 'x', status: 503, code: 'NotReady', who: 'operator', retry: true };
    const finding = await probe(json(503, { ...problem, detail: 'Starting.', charged: false, requestId: '1' }));
    expect(finding).toMatchObject({ ok: false, own: true, reason: 'NotReady', message: 'Starting.' });
  });

  it('of a gateway that is down says ProbeFailed, and one that is slow costs a bounded time', async () => {
    const vector = readVectorBytes({ name: 'v', inputs: { x: [1] }, outputs: { y: [2] }, rtol: 0, atol: 0 }, null)!;
    const { signal } = new AbortController();
    const down = await callAsStranger(hub.ctx, 'http://127.0.0.1:1', 'a/b', manifest, vector, signal);
    expect(down).toMatchObject({ ok: false, reason: 'ProbeFailed' });
    const timedOut = Object.assign(new Error('late'), { name: 'TimeoutError' });
    const slow = { ...hub.ctx, fetch: () => Promise.reject(timedOut) };
    expect(await callAsStranger(slow, 'http://x', 'a/b', manifest, vector, signal)).toMatchObject({
      ok: false,
      reason: 'ProbeTimeout',
    });
  });

  it('that is told to stop stops', async () => {
    const stop = new AbortController();
    const waiting = probe(() => stop.abort(), { signal: stop.signal });
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});

describe('calls', () => {
  const node = randomKey();
  const publisher = randomKey();
  let digest: string;
  beforeAll(async () => {
    await joinAsNode(hub.client(node));
    ({ digest } = await publishBytes(hub.client(publisher), Buffer.from('counted'), { name: 'counted' }));
  });
  const gateway = () => hub.client(hub.ctx.key);

  it('of publisher and operator, without a key and by strangers are told apart, thousands of them, each once', async () => {
    const client = hub.client(publisher);
    const player = playBatches(node, addressOf(hub.ctx.key));
    const batch = (callers: readonly (PrivateKey | null)[]) =>
      player.batch(callers.map((caller) => ({ release: digest, caller })));
    await reportBatches(gateway(), [batch([publisher, node])]);
    const onlyOwn = await untilRelease(client, digest, (one) => conditionOf(one, 'Worked').lastCheckTime !== null);
    expect(conditionOf(onlyOwn, 'Worked').reason).toBe('OnlyPublisherCalls');

    const callers = Array.from({ length: 3 }, randomKey);
    const batches = Array.from({ length: 40 }, () =>
      batch(Array.from({ length: 50 }, (_, i) => callers[i % 3] as PrivateKey)),
    );
    await Promise.all([
      reportBatches(gateway(), batches.slice(0, 20)),
      reportBatches(gateway(), batches.slice(0, 20).reverse()),
      reportBatches(gateway(), batches.slice(10, 30)),
      reportBatches(gateway(), batches.slice(20)),
      reportBatches(gateway(), [batch([null])]),
    ]);
    const view = await untilRelease(
      client,
      digest,
      (one) => conditionOf(one, 'Worked').reason === 'CalledIndependently',
    );
    expect(conditionOf(view, 'Worked').message).toContain('by 3 independent callers');
    const hourLater = { ...hub.ctx, clock: () => Date.now() + 3600_000 };
    const counted = async () => {
      await countCalls(hourLater);
      const state = await hub.ctx.db
        .selectFrom('release_state')
        .select('state')
        .where('digest', '=', digest as never)
        .executeTakeFirstOrThrow();
      return JSON.parse(state.state).calls;
    };
    // What the hub counts at this moment is passed over, and counted in the next round.
    await expect
      .poll(counted, { timeout: 10_000 })
      .toMatchObject({ signed: 2000, keyless: 1, own: 2, failed: 0, callers: 3 });
  });

  it('enter the log at once when they prove more, and else once a minute however many they are', async () => {
    const { digest: fresh } = await publishBytes(hub.client(publisher), Buffer.from('steady'), { name: 'steady' });
    const told = async () => {
      await countCalls(hub.ctx);
      const rows = await hub.ctx.db
        .selectFrom('statement')
        .select('seq')
        .where('subject', '=', fresh)
        .where('kind', '=', 'release.called')
        .execute();
      return rows.length;
    };
    const report = (caller: PrivateKey | null) => reportCall(gateway(), node, { release: fresh, caller });
    for (let times = 0; times < 3; times++) {
      await report(publisher);
      await expect.poll(told).toBe(1);
    }
    for (let times = 0; times < 3; times++) {
      await report(null);
      await expect.poll(told).toBe(2);
    }
    for (let times = 0; times < 3; times++) {
      await report(randomKey());
      await expect.poll(told).toBe(3);
    }
  });

  it('the keys of probes are forgotten when no figure of usage reaches back to them, and not before', async () => {
    const [old, young] = [addressOf(randomKey()), addressOf(randomKey())];
    const day = 24 * 3600_000;
    await hub.ctx.db
      .insertInto('probe_caller')
      .values([
        { address: old, created_at: Date.now() - 93 * day },
        { address: young, created_at: Date.now() - 91 * day },
      ])
      .execute();
    await forgetProbeCallers(hub.ctx);
    const left = (await hub.ctx.db.selectFrom('probe_caller').select('address').execute()).map((row) => row.address);
    expect(left).toContain(young);
    expect(left).not.toContain(old);
    expect(addressOfClient(gateway())).toBe(addressOf(hub.ctx.key));
  });
});
