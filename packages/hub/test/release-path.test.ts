import { addressOf, digestBytes, digestJson, type PrivateKey, type ReleaseView } from '@callable/protocol';
import { getRelease, leaseTask, listReleases, listStatements, makeStatement } from '@callable/sdk';
import {
  conditionOf,
  emptyAnnouncement,
  type GatewayStandIn,
  isTrue,
  joinAsNode,
  playAnsweringGateway,
  playBatches,
  publishBytes,
  randomKey,
  reportBatches,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeRelease } from '../src/path/probe-release.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const node = randomKey();
const rightAnswer = { outputs: { y: [2] }, node: addressOf(node) };

describe('the path of a release', () => {
  let gateway: GatewayStandIn;
  let hub: TestHub;
  let answer: { status: number; body: unknown };

  beforeAll(async () => {
    answer = { status: 200, body: rightAnswer };
    gateway = await playAnsweringGateway(() => answer);
    hub = await startTestHub({ config: { gateways: [gateway.url] } });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
  });

  it('goes from uploaded to worked, each step on evidence', async () => {
    const publisher = hub.client();
    const operator = hub.client(node);
    const { reference, digest, created } = await publishBytes(publisher, Buffer.from('a model'));
    expect(created).toBe(true);
    const stored = await untilRelease(publisher, reference, isTrue('Stored'));
    expect(conditionOf(stored, 'Uploaded').status).toBe('True');
    const waiting = await untilRelease(publisher, reference, (view) =>
      conditionOf(view, 'Verified').message.includes('No node'),
    );
    expect(conditionOf(waiting, 'Verified')).toMatchObject({ status: 'Unknown', reason: 'AwaitingValidators' });
    expect(waiting.callable).toBe(false);

    await joinAsNode(operator);
    expect(await validateNext(operator)).toMatchObject({ kind: 'validate', release: digest });
    const reachable = await untilRelease(publisher, digest, isTrue('Reachable'));
    expect(conditionOf(reachable, 'Verified').message).toContain('1 of 1');
    expect(reachable.callable).toBe(true);
    expect(conditionOf(reachable, 'Worked')).toMatchObject({ status: 'Unknown', reason: 'NeverCalled' });
    expect((await listReleases(publisher, { callable: true })).releases.map((release) => release.reference)).toContain(
      reference,
    );

    const gatewayClient = hub.client(hub.ctx.key);
    const player = playBatches(node, addressOf(hub.ctx.key));
    const report = (...callers: (PrivateKey | null)[]) =>
      reportBatches(gatewayClient, [player.batch(callers.map((caller) => ({ release: digest, caller })))]);
    // The publisher and the operator are no strangers.
    await report(publisher.key as PrivateKey, node);
    const own = await untilRelease(publisher, digest, (view) => conditionOf(view, 'Worked').lastCheckTime !== null);
    expect(conditionOf(own, 'Worked')).toMatchObject({ status: 'Unknown', reason: 'OnlyPublisherCalls' });
    await report(null);
    const keyless = await untilRelease(publisher, digest, isTrue('Worked'));
    expect(conditionOf(keyless, 'Worked').reason).toBe('CalledWithoutKey');
    const once = player.batch([{ release: digest, caller: randomKey() }]);
    await reportBatches(gatewayClient, [once, once]);
    const worked = await untilRelease(
      publisher,
      digest,
      (view) => conditionOf(view, 'Worked').reason === 'CalledIndependently',
    );
    expect(conditionOf(worked, 'Worked').message).toContain('1 signed call by 1 independent caller');

    const { statements } = await listStatements(publisher, digest);
    expect(statements.map((entry) => entry.statement.kind)).toEqual(
      expect.arrayContaining([
        'release.published',
        'release.stored',
        'release.drawn',
        'release.validated',
        'release.probed',
        'release.called',
      ]),
    );
  });

  it('probes under a new key each time, so that a node cannot tell a probe from a caller', () => {
    const keys = gateway.callers.filter((caller) => caller !== undefined);
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('says why a release is not reachable and goes on trying', async () => {
    answer = { status: 200, body: { ...rightAnswer, outputs: { y: [3] } } };
    const publisher = hub.client();
    const { digest } = await publishBytes(publisher, Buffer.from('another model'), { name: 'thrice' });
    await validateNext(hub.client(node));
    const wrong = await untilRelease(publisher, digest, (view) => conditionOf(view, 'Reachable').status === 'False');
    expect(conditionOf(wrong, 'Reachable').reason).toBe('VectorFailed');
    answer = { status: 200, body: rightAnswer };
    await untilRelease(publisher, digest, isTrue('Reachable'));
  });

  it('a failure of the hub itself is Unknown, never False, takes nothing from what is known, and is tried again soon', async () => {
    const problem = { type: '', title: 'x', status: 503, code: 'HubUnreachable', who: 'operator', retry: true };
    const away = {
      status: 503,
      body: { ...problem, detail: 'The hub does not answer.', charged: false, requestId: '1' },
    };
    answer = away;
    const publisher = hub.client();
    const { digest } = await publishBytes(publisher, Buffer.from('unlucky'), { name: 'unlucky' });
    await validateNext(hub.client(node));
    const isHubsOwn = (view: ReleaseView) => conditionOf(view, 'Reachable').reason === 'HubUnreachable';
    const unlucky = await untilRelease(publisher, digest, isHubsOwn);
    expect(conditionOf(unlucky, 'Reachable')).toMatchObject({ status: 'Unknown', message: 'The hub does not answer.' });
    answer = { status: 200, body: rightAnswer };
    const reached = await untilRelease(publisher, digest, isTrue('Reachable'));
    // One more probe, which meets the hub as it was: what is known stays until it is old.
    answer = away;
    const job = { release: digest } as never;
    const outcome = await probeRelease(hub.ctx, job, new AbortController().signal);
    expect(outcome).toMatchObject({ statements: [], enqueue: [] });
    expect((outcome.againAt ?? 0) - Date.now()).toBeLessThanOrEqual(500);
    expect(conditionOf(reached, 'Reachable').status).toBe('True');
    answer = { status: 200, body: rightAnswer };
  });

  it('turns Verified False with the reason the validators gave', async () => {
    const publisher = hub.client();
    const { digest } = await publishBytes(publisher, Buffer.from('a bad model'), { name: 'bad' });
    await validateNext(hub.client(node), { ok: false, reason: 'LoadFailed', message: 'It does not load.' });
    const view = await untilRelease(
      publisher,
      digest,
      (release) => conditionOf(release, 'Verified').status === 'False',
    );
    expect(conditionOf(view, 'Verified')).toMatchObject({
      reason: 'LoadFailed',
      next: expect.stringContaining('publisher:'),
    });
    expect(view.callable).toBe(false);
  });

  it('never draws the publisher to verify its own release', async () => {
    const both = randomKey();
    const client = hub.client(both);
    await joinAsNode(client);
    await leaseTask(client, { announcement: emptyAnnouncement, waitMs: 0 });
    const { digest } = await publishBytes(client, Buffer.from('my own'), { name: 'own' });
    await validateNext(hub.client(node));
    const view = await untilRelease(client, digest, isTrue('Verified'));
    expect(conditionOf(view, 'Verified').message).toContain('1 of 1');
  });

  it('says NoNodeFits with the numbers when a release is too heavy for every node', async () => {
    const publisher = hub.client();
    const { digest } = await publishBytes(publisher, Buffer.from('heavy'), {
      name: 'heavy',
      needs: { memoryBytes: 5e12, opset: {} },
    });
    const view = await untilRelease(
      publisher,
      digest,
      (release) => conditionOf(release, 'Verified').reason === 'NoNodeFits',
    );
    expect(conditionOf(view, 'Verified').message).toMatch(/5000000000000 .*1000000000/);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['another format', { format: 'gguf', needs: { memoryBytes: 1000 } }, 'gguf'],
    ['steps no node knows', { steps: { before: [{ op: 'decode-jpeg' }] } }, 'onnx, steps'],
    ['an ability no node has', { needs: { memoryBytes: 1000, abilities: ['gpu'] } }, 'onnx, gpu'],
    ['a price', { price: { amount: '1', per: 'call' } }, 'onnx, price'],
  ])('stores a release with %s and says UnsupportedFormat at once', async (name, fields, words) => {
    const publisher = hub.client();
    const card = { later: ['ü', { kept: true }] };
    const { digest } = await publishBytes(publisher, Buffer.from(name), { name: 'later', card, ...fields });
    const view = await untilRelease(
      publisher,
      digest,
      (release) => conditionOf(release, 'Verified').reason === 'UnsupportedFormat',
    );
    expect(conditionOf(view, 'Stored').status).toBe('True');
    expect(conditionOf(view, 'Verified')).toMatchObject({
      status: 'False',
      message: `No connected node understands all that this release asks for: ${words}.`,
      next: expect.stringContaining('join a node that runs it'),
    });
    expect(view.callable).toBe(false);
    // What this version does not know came back as it was signed.
    expect(digestJson(view.manifest)).toBe(digest);
    // It is looked at again, ever more seldom, and says nothing twice.
    const { run_at, state } = await hub.ctx.db
      .selectFrom('job')
      .select(['run_at', 'state'])
      .where('release', '=', digest)
      .where('step', '=', 'draw')
      .executeTakeFirstOrThrow();
    expect([state, run_at >= Date.now() + 20_000]).toEqual(['ready', true]);
  });

  it('a node that says it understands another format is drawn for it, and no other', async () => {
    const able = hub.client();
    await joinAsNode(able);
    await leaseTask(able, { announcement: { ...emptyAnnouncement, abilities: ['onnx', 'toy'] }, waitMs: 0 });
    const { digest } = await publishBytes(hub.client(), Buffer.from('toy'), { name: 'toy', format: 'toy' });
    await untilRelease(able, digest, (release) => conditionOf(release, 'Verified').reason === 'AwaitingValidators');
    await expect
      .poll(async () => {
        const { statements: logged } = await listStatements(able, digest);
        return logged.flatMap(({ statement }) =>
          statement.kind === 'release.drawn' ? [statement.body['validators']] : [],
        );
      })
      .toEqual([[addressOfClient(able)]]);
  });

  it('resolves handles, and gives each to the first who claims it', async () => {
    const [first, second] = [hub.client(), hub.client()];
    const claim = (client: typeof first) =>
      makeStatement(client, { kind: 'handle.claimed', subject: 'acme', body: { handle: 'acme' } });
    await claim(first);
    await claim(first);
    await expect(claim(second)).rejects.toMatchObject({ code: 'HandleTaken' });
    await publishBytes(first, Buffer.from('by handle'), { name: 'named' });
    expect(await getRelease(first, 'acme/named')).toMatchObject({
      handle: 'acme',
      digest: expect.stringContaining('sha256:'),
    });
    expect(digestBytes(new Uint8Array())).toContain('sha256:');
  });
});
