import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel } from '@callable/formats/build';
import {
  CallableError,
  type Digest,
  hexOfDigest,
  type LinkCallHead,
  parsePrivateKey,
  type Statement,
  type StatementBody,
  verifyStatement,
  zeroAddress,
} from '@callable/protocol';
import {
  createRelease,
  describeFile,
  doublingRelease,
  loopingRelease,
  mostSteps,
  type NodeHub,
  type Release,
  startNodeHub,
  toyRelease,
} from '@callable/stand-ins';
import { testFormats, testRuntimes } from '@callable/test-engine';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NodeSettings } from './config.ts';
import { type RunningNode, startNode } from './start-node.ts';

const key = parsePrivateKey('22'.repeat(32))!;
const log = pino({ level: 'silent' });
let dataDir: string;
let hub: NodeHub;
let nodes: RunningNode[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callable-node-'));
  hub = await startNodeHub();
});
afterEach(async () => {
  for (const node of nodes) await node[Symbol.asyncDispose]();
  nodes = [];
  await hub[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(settings: Partial<NodeSettings> = {}): Promise<RunningNode> {
  const tables = { formats: testFormats, runtimes: testRuntimes };
  const node = await startNode({ hubUrl: hub.url, dataDir, key, gateways: [], ...settings }, { log, ...tables });
  nodes.push(node);
  return node;
}

const publish = ({ manifest, files }: Release) => hub.add(manifest, files);

async function validate(release: Digest): Promise<StatementBody<'release.validated'>> {
  const { result } = await hub.offer('validate', release);
  expect(result.failed).toBeUndefined();
  const statement = result.statement as Statement;
  expect(statement).toMatchObject({ kind: 'release.validated', subject: release });
  expect(verifyStatement(statement, Date.now())).toMatchObject({ ok: true });
  return statement.body as StatementBody<'release.validated'>;
}

async function warm(release: Digest): Promise<void> {
  expect((await hub.offer('warm', release)).result).toMatchObject({ statement: null });
}

function call(node: RunningNode, release: Digest, inputs: unknown, deadlineMs = 20_000) {
  const request = randomBytes(32).toString('hex');
  const head: LinkCallHead = { release, encoding: 'plain', caller: zeroAddress, request, deadlineMs };
  const body = typeof inputs === 'string' ? Buffer.from(inputs) : Buffer.from(JSON.stringify(inputs));
  const answer = node.answerCall(head, body, new AbortController().signal);
  return answer.then((found) => ({ ...found, sent: head, text: Buffer.from(found.body).toString() }));
}

const beyondDeadlines = JSON.stringify({ times: mostSteps, x: 0 });

const stateOf = (node: RunningNode, release: Digest) =>
  node.announcement().holdings.find((holding) => holding.release === release)?.state ?? null;

describe('joining', () => {
  test('states itself once, however often it is restarted', async () => {
    for (let i = 0; i < 2; i++) {
      const node = await start();
      await node.joined;
      await node[Symbol.asyncDispose]();
    }
    expect(hub.statements).toHaveLength(1);
    expect(hub.statements[0]).toMatchObject({ kind: 'node.joined', subject: nodes[0]?.address });
  });

  test('waits for a hub that is down, and joins again one that has forgotten it', async () => {
    hub.refuse = new CallableError('NotReady');
    const node = await start();
    hub.refuse = null;
    await node.joined;
    await once(hub.events, 'lease');
    hub.statements.length = 0;
    await once(hub.events, 'statement');
    await once(hub.events, 'lease');
  });

  test('outlives a hub that stops and comes back empty on the same address', async () => {
    const node = await start();
    await node.joined;
    const port = Number(new URL(hub.url).port);
    await hub[Symbol.asyncDispose]();
    hub = await startNodeHub({ port });
    await once(hub.events, 'statement');
    expect(await validate(publish(doublingRelease()))).toMatchObject({ ok: true });
  });

  test('a second node on the same data directory is refused', async () => {
    await start();
    await expect(start()).rejects.toThrow('already runs');
  });
});

describe('validating', () => {
  test('a good release is stated as verified and answers at once', async () => {
    const node = await start();
    const release = publish(doublingRelease());
    const verdict = await validate(release);
    expect(verdict).toMatchObject({
      ...{ ok: true, reason: 'VectorsPassed', deterministic: true, epoch: 1 },
      runtime: { name: 'onnxruntime-node', version: '1.30.0' },
      vectors: [{ name: 'one', ok: true, largestDifference: 0 }],
    });
    expect(verdict.loadMs).toBeGreaterThan(0);
    expect(verdict.peakBytes).toBeGreaterThan(1e6);
    expect(stateOf(node, release)).toBe('warm');
    const answer = await call(node, release, { x: [3] });
    expect(answer.text).toBe('{"y":[6]}');
  });

  test('a vector with another answer is stated with the difference', async () => {
    const node = await start();
    const wrong = [{ name: 'wrong', inputs: { x: [1] }, outputs: { y: [2.5] }, rtol: 1e-4, atol: 1e-6 }];
    const release = publish(doublingRelease({ vectors: wrong }));
    expect(await validate(release)).toMatchObject({
      ...{ ok: false, reason: 'VectorFailed', deterministic: true },
      vectors: [{ name: 'wrong', ok: false, largestDifference: 0.5 }],
    });
    expect(stateOf(node, release)).toBe('cached');
  });

  test('a vector kept in a file of the release is run like any other', async () => {
    await start();
    const vector = Buffer.from(JSON.stringify({ inputs: { x: [4] }, outputs: { y: [8] } }));
    const { manifest, files } = doublingRelease();
    const release = publish({
      manifest: {
        ...manifest,
        files: [...manifest.files, describeFile('vectors/four.json', vector)],
        vectors: [{ name: 'four', file: 'vectors/four.json', rtol: 0, atol: 0 }],
      },
      files: [...files, vector],
    });
    expect(await validate(release)).toMatchObject({ ok: true, vectors: [{ name: 'four', ok: true }] });
  });

  test.each([
    ['no vectors', { vectors: [] }, 'NoVectors'],
    [
      'a vector that expects nothing',
      { vectors: [{ name: 'v', inputs: { x: [1] }, outputs: {}, rtol: 1, atol: 1 }] },
      'VectorFailed',
    ],
    [
      'an input that the model does not have',
      {
        inputs: [{ name: 'z', datatype: 'FP32', shape: [-1] }],
        vectors: [{ name: 'v', inputs: { z: [1] }, outputs: { y: [2] }, rtol: 0, atol: 0 }],
      },
      'SchemaMismatch',
    ],
    [
      'another datatype than the model has',
      { inputs: [{ name: 'x', datatype: 'FP64', shape: [-1] }] },
      'SchemaMismatch',
    ],
    ['another rank than the model has', { outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }] }, 'VectorFailed'],
  ] as [string, object, string][])('refuses a release with %s', async (_, more, reason) => {
    await start();
    const verdict = await validate(publish(doublingRelease(more)));
    expect(verdict).toMatchObject({ ok: false, reason, deterministic: true });
    expect(verdict.message).not.toBe('');
  });

  test('attack: a model whose external data names a file beside it is refused before it is loaded', async () => {
    await start();
    const model = buildModel({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1] }],
      nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      initializers: [{ name: 'w', datatype: 'FP32', shape: [1], external: { location: '../secret', length: 4 } }],
    });
    const { vectors } = doublingRelease().manifest;
    const verdict = await validate(publish(createRelease({ 'model.onnx': model }, { vectors })));
    expect(verdict).toMatchObject({ ok: false, reason: 'UnsafeModel', loadMs: 0 });
  });

  test('attack: a manifest whose digest differs is a failure of the hub, not of the release', async () => {
    const node = await start();
    const release = publish(doublingRelease());
    hub.serveManifest = (manifest) => ({ ...manifest, title: 'another' });
    const { result } = await hub.offer('validate', release);
    expect(result).toMatchObject({ statement: null, failed: { reason: 'DigestMismatch' } });
    expect(stateOf(node, release)).toBeNull();
  });

  test('attack: bytes that do not match are a failure of the hub, not of the release', async () => {
    await start();
    const release = publish(doublingRelease());
    hub.serveFile = (response, _sha, _offset, bytes) => {
      response.end(Buffer.alloc(bytes.length));
      return true;
    };
    const { result } = await hub.offer('validate', release);
    expect(result).toMatchObject({ statement: null, failed: { reason: 'HashMismatch' } });
  });

  test('what this node is too small for is told with the numbers, and is no verdict', async () => {
    await start({ memoryBytes: 256 * 1024 * 1024 });
    const needs = { memoryBytes: 3e9, opset: { 'ai.onnx': 17 } };
    const { result } = await hub.offer('validate', publish(doublingRelease({ needs })));
    expect(result).toMatchObject({ statement: null, failed: { reason: 'NoNodeFits' } });
    expect(result.failed?.message).toContain('3000000000');
  });

  test('a long task keeps its lease, and its result is dropped once the lease is lost', async () => {
    await start();
    const release = publish(doublingRelease());
    let resume = () => {};
    hub.serveFile = (response, _sha, _offset, bytes) => {
      resume = () => response.end(bytes);
      return true;
    };
    const slow = hub.offer('validate', release, 90);
    await once(hub.events, 'file');
    while (hub.extensions < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    resume();
    expect((await slow).result.statement).not.toBeNull();

    hub.serveFile = () => true;
    const other = publish(loopingRelease());
    const lost = hub.offer('validate', other, 90);
    await once(hub.events, 'file');
    hub.loseLeases = true;
    // The node has let go of it when it asks for work again.
    await once(hub.events, 'lease');
    expect(await Promise.race([lost, 'nothing handed in'])).toBe('nothing handed in');
  });
});

describe('calls', () => {
  test('an answer says what its receipt will, of exactly this call', async () => {
    const node = await start();
    const { manifest, files } = doublingRelease();
    const release = publish({ manifest, files });
    await warm(release);
    const { head, body, sent } = await call(node, release, { x: [1, 2] });
    if (!head.ok) throw new Error(head.message);
    const { facts } = head;
    expect(head.salt).toMatch(/^[0-9a-f]{64}$/);
    const response = createHash('sha256').update(Buffer.from(head.salt, 'hex')).update(body).digest('hex');
    expect(facts).toMatchObject({
      ...{ release: hexOfDigest(release), caller: zeroAddress, request: sent.request, response },
      ...{ auditClass: 0, end: 0, units: 1 },
    });
    const next = await call(node, release, { x: [1, 2] });
    expect(next.head).toMatchObject({ ok: true });
    expect((next.head as typeof head).facts.salt).not.toBe(facts.salt);
    expect((next.head as typeof head).facts.inputs).not.toBe(facts.inputs);
  });

  test('a release that is only on disk is loaded by the first call, once for all who wait', async () => {
    const first = await start();
    const release = publish(doublingRelease());
    await warm(release);
    await first[Symbol.asyncDispose]();
    const node = await start();
    expect(stateOf(node, release)).toBe('cached');
    const answers = await Promise.all([1, 2, 3, 4].map((x) => call(node, release, { x: [x] })));
    expect(answers.map((answer) => answer.text)).toEqual(['{"y":[2]}', '{"y":[4]}', '{"y":[6]}', '{"y":[8]}']);
    expect(stateOf(node, release)).toBe('warm');
  });

  test('what the caller got wrong is told before anything runs', async () => {
    const node = await start();
    const release = publish(doublingRelease());
    await warm(release);
    const wrongName = await call(node, release, { X: [1] });
    expect(wrongName.head).toMatchObject({ ok: false, code: 'InvalidInput', started: false });
    expect(wrongName.head).toHaveProperty('errors.0.allowed', ['x']);
    expect((await call(node, release, '{"x":')).head).toMatchObject({ code: 'InvalidJson', started: false });
    const unknown = await call(node, `sha256:${'0'.repeat(64)}` as Digest, {});
    expect(unknown.head).toMatchObject({ ok: false, code: 'NoNodeHoldsModel', started: false });
  });

  test('attack: a crash costs its own call; a model that crashes again and again is quarantined', async () => {
    const node = await start();
    const [fragile, double] = [publish(toyRelease('fragile', ['13 abort'])), publish(doublingRelease())];
    await warm(fragile);
    await warm(double);
    const deadly = { x: [13] };
    const [killed, fine] = await Promise.all([call(node, fragile, deadly), call(node, fragile, { x: [9] })]);
    expect(killed.head).toMatchObject({ ok: false, code: 'CallCrashed', started: true });
    expect(fine.text).toBe('{"y":[18]}');
    const changed = new Promise<void>((resolve) => node.onAnnouncementChange(resolve));
    await call(node, fragile, deadly);
    await call(node, fragile, deadly);
    await changed;
    expect(node.announcement().holdings.filter(({ state }) => state === 'quarantined')).toEqual([
      { release: fragile, state: 'quarantined', reason: expect.stringContaining('3 crashes') },
    ]);
    expect(node.find(fragile)?.state).toBe('quarantined');
    expect((await call(node, fragile, { x: [9] })).head).toMatchObject({ code: 'Quarantined', started: false });
    expect((await call(node, double, { x: [1] })).text).toBe('{"y":[2]}');
  });

  test('attack: one call that hangs does not stop others, of other models or its own', async () => {
    const node = await start({ slots: 4 });
    const [loop, double] = [publish(loopingRelease()), publish(doublingRelease())];
    await warm(loop);
    await warm(double);
    const hung = call(node, loop, beyondDeadlines, 1_500);
    const queued = call(node, loop, { times: 2, x: 0 });
    expect((await call(node, double, { x: [1] })).text).toBe('{"y":[2]}');
    expect((await hung).head).toMatchObject({ ok: false, code: 'CallTimedOut', started: true });
    expect((await queued).text).toBe('{"y":2}');
    expect(node.announcement().holdings.filter(({ state }) => state === 'quarantined')).toEqual([]);
  });

  test('more callers than may wait are told at once to ask another node', async () => {
    const node = await start();
    const loop = publish(loopingRelease());
    await warm(loop);
    // Of a model that was quick so far more are let through: of this one two.
    expect((await call(node, loop, { times: 100_000, x: 0 })).head.ok).toBe(true);
    const many = Array.from({ length: 1100 }, () => call(node, loop, beyondDeadlines, 3_000));
    const answers = await Promise.all(many);
    const busy = answers.filter(({ head }) => !head.ok && head.code === 'NodeBusy' && !head.started);
    expect(busy).toHaveLength(1100 - 1024 - 2);
  });

  test('a node that stops finishes what runs, and refuses what comes as not begun', async () => {
    const node = await start();
    const loop = publish(loopingRelease());
    await warm(loop);
    const running = call(node, loop, { times: 300_000, x: 0 });
    await new Promise(setImmediate);
    const stopped = node[Symbol.asyncDispose]();
    expect(node.announcement().draining).toBe(true);
    expect((await call(node, loop, { times: 1, x: 0 })).head).toMatchObject({
      code: 'NodeUnavailable',
      started: false,
    });
    expect((await running).head.ok).toBe(true);
    await stopped;
  });
});

describe('memory', () => {
  test('a model nobody asks for makes room for one that is asked for', async () => {
    const node = await start({ memoryBytes: 500e6 });
    const needs = { memoryBytes: 300e6, opset: { 'ai.onnx': 17 } };
    const [one, two] = [
      publish(doublingRelease({ needs })),
      publish(doublingRelease({ needs, name: 'other' as never })),
    ];
    await warm(one);
    await warm(two);
    expect([stateOf(node, one), stateOf(node, two)]).toEqual(['cached', 'warm']);
    expect((await call(node, one, { x: [1] })).text).toBe('{"y":[2]}');
    expect([stateOf(node, one), stateOf(node, two)]).toEqual(['warm', 'cached']);
  });
});
