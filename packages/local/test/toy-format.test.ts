import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startNode } from '@callable/node';
import {
  type Address,
  defaultPolicy,
  hexOfDigest,
  type Manifest,
  parsePlainInputs,
  responseOf,
  type SignedReceipt,
  sliceMembers,
  verifyReceipt,
} from '@callable/protocol';
import { tensorDigest } from '@callable/protocol/tensor';
import { conditionOf, createUser, describeModel, publishDirectly, readEvents, untilRelease } from '@callable/stand-ins';
import { testFormats, testModel, testRuntimes } from '@callable/test-engine';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTree } from '../../../e2e/support/find-processes.ts';
import { openTempDir } from '../../../e2e/support/open-temp-dir.ts';
import { loadLocally } from '../../cli/src/models/load-locally.ts';
import { type PublishResult, publishModel } from '../../cli/src/publish/publish-model.ts';
import { Closer } from '../src/closer.ts';
import { type LocalNetwork, startLocalNetwork } from '../src/index.ts';

const tables = { formats: testFormats, runtimes: testRuntimes, log: pino({ level: 'silent' }) };
const signal = AbortSignal.timeout(180_000);
/** An element before whose piece the model stands still, hearing a cancel or not. */
const [waits, stalls] = [1313, 1414];
const pauseMs = 100;

let closer: Closer;
let network: LocalNetwork;
let node: string;
let release: PublishResult;

/** A whole network whose node knows the toy: attached in one process, or dialled over a link as a stranger's is. */
async function startNetwork(dataDir: string, way: 'attached' | 'over a link'): Promise<void> {
  if (way === 'attached') {
    network = closer.add(await startLocalNetwork({ dataDir, port: 0, node: tables }));
    node = String(network.nodes[0]?.address);
    return;
  }
  network = closer.add(
    await startLocalNetwork({ dataDir, port: 0, nodes: 0, hub: { policy: { ...defaultPolicy, seeds: [] } } }),
  );
  const { key, address } = createUser(network.url);
  const settings = { hubUrl: network.url, dataDir: join(dataDir, 'stranger'), key };
  await mkdir(settings.dataDir, { recursive: true });
  const stranger = closer.add(await startNode(settings, tables));
  await stranger.joined;
  node = address;
}

/** As `callable publish` does, with the rows of the toy in its context. */
async function publishToy(directory: string): Promise<PublishResult> {
  const file = join(directory, 'twice.test');
  await writeFile(
    file,
    testModel('scale 2', 'pieces', `pause ${pauseMs}`, `${waits} wait 60000`, `${stalls} stall 15000`),
  );
  const { client, key } = createUser(network.url);
  const load: typeof loadLocally = (files, draft, open, options) =>
    loadLocally(files, draft, open, { ...options, runtimes: testRuntimes });
  const context = { client, key, clock: Date.now, signal, formats: testFormats, load };
  const story = publishModel(context, { file, dryRun: false, wait: true, timeoutMs: 60_000 });
  for (;;) {
    const { done, value } = await story.next();
    if (done) return value;
  }
}

type Told = { receipt: SignedReceipt; salt: string };

function call(x: number[], { timeoutMs = 20_000, ...more }: RequestInit & { timeoutMs?: number } = {}) {
  const headers = { 'callable-timeout-ms': String(timeoutMs), ...more.headers };
  return fetch(`${network.url}/v1/run/${release.reference}`, {
    method: 'POST',
    body: JSON.stringify({ x }),
    ...more,
    headers,
  });
}

const callInPieces = (x: number[], more: Parameters<typeof call>[1] = {}) =>
  call(x, { ...more, headers: { accept: 'text/event-stream' } });

/** What a receipt of this answer must say: its bytes count behind the salt that came with them. */
function expectedOf(receipt: SignedReceipt, outputs: Uint8Array, salt: string) {
  const response = responseOf(receipt, { outputs, salt }) ?? expect.unreachable('An answer without its salt.');
  return { node: node as Address, release: hexOfDigest(release.digest), response };
}

/** The digest of these outputs as a receipt with this salt names it. */
function outputDigestOf(outputs: unknown, salt: string): string {
  const read = parsePlainInputs(new TextEncoder().encode(JSON.stringify(outputs)), release.manifest.outputs);
  if (!read.ok) throw new Error(read.problem.message);
  const hash = createHash('sha256');
  tensorDigest(read.value, Buffer.from(salt, 'hex'), hash);
  return hash.digest('hex');
}

/** The processes that answer for the toy, the one that stands ready included; those that judge are none of them. */
const runners = async () =>
  (await findTree(process.pid)).filter(({ words }) => words.endsWith('main.js answers')).map(({ pid }) => pid);

describe.each(['attached', 'over a link'] as const)('a toy format in a whole network, its node %s', (way) => {
  beforeAll(async () => {
    closer = new Closer();
    const data = closer.add(await openTempDir());
    await startNetwork(data.path, way);
    release = await publishToy(data.path);
  }, 120_000);
  afterAll(() => closer.close(), 60_000);

  it('is published by a stranger, stored, verified in the fence and probed', () => {
    expect(release.manifest).toMatchObject({ format: 'test', entry: 'model.test', vectors: [{ name: 'made-up' }] });
    expect(release).toMatchObject({ created: true, callable: true });
    const isTrue = release.conditions.filter(({ status }) => status === 'True').map(({ type }) => type);
    expect(isTrue).toEqual(expect.arrayContaining(['Uploaded', 'Stored', 'Verified', 'Reachable']));
    const verified = release.conditions.find(({ type }) => type === 'Verified');
    expect(verified).toMatchObject({ reason: 'VectorsPassed' });
  });

  it('answers in pieces before its end, whose receipt is over all of them, and the same whole', async () => {
    const x = [1, 2, 3, 4, 5];
    const response = await callInPieces(x);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const pieces: string[] = [];
    const at: number[] = [];
    let end = {} as Told;
    for await (const { event, data } of readEvents(response)) {
      at.push(performance.now());
      if (event === 'piece') pieces.push(data);
      else if (event === 'end') end = JSON.parse(data) as Told;
      else expect.unreachable(data);
    }
    expect(pieces).toEqual(x.map((element) => `{"y":[${2 * element}]}\n`));
    // Four pauses lie between the first piece and the end; kept back, they would all come at once.
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThan(2 * pauseMs);
    const sent = new TextEncoder().encode(pieces.join(''));
    expect(verifyReceipt(end.receipt, expectedOf(end.receipt, sent, end.salt))).toMatchObject({ ok: true });
    const joined = { y: pieces.flatMap((piece) => (JSON.parse(piece) as { y: number[] }).y) };
    expect(end.receipt.outputs).toBe(outputDigestOf(joined, end.salt));

    const whole = await call(x);
    const salt = whole.headers.get('callable-receipt-salt') ?? '';
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const outputs = sliceMembers(bytes)?.get('outputs') ?? new Uint8Array();
    const { receipt } = JSON.parse(new TextDecoder().decode(bytes)) as Told;
    expect(JSON.parse(new TextDecoder().decode(outputs))).toEqual(joined);
    expect(verifyReceipt(receipt, expectedOf(receipt, outputs, salt))).toMatchObject({ ok: true });
    expect(receipt.outputs).toBe(outputDigestOf(joined, salt));
    expect([receipt.runtime, receipt.seq > end.receipt.seq]).toEqual([end.receipt.runtime, true]);
  });

  it('stops when its caller leaves in the midst, in the same process', async () => {
    const before = await runners();
    expect(before.length).toBeGreaterThan(0);
    const leaving = new AbortController();
    // A minute of pieces, within a deadline that is no help here.
    const x = Array.from({ length: 600 }, () => 1);
    const events = readEvents(await callInPieces(x, { signal: leaving.signal, timeoutMs: 100_000 }));
    expect((await events.next()).value).toEqual({ event: 'piece', data: '{"y":[2]}\n' });
    leaving.abort();
    await expect(events.next()).rejects.toThrow();
    const next = await call([4], { timeoutMs: 20_000 });
    expect(await next.json()).toMatchObject({ outputs: { y: [8] } });
    expect(await runners()).toEqual(expect.arrayContaining(before));
  });

  it.each([
    ['waits and hears its cancel', waits, true],
    ['stalls and hears nothing', stalls, false],
  ])('that %s after a piece ends its stream with a timeout', async (_, element, survives) => {
    const before = await runners();
    const events: { event: string; data: string }[] = [];
    for await (const event of readEvents(await callInPieces([1, element, 2], { timeoutMs: 1500 }))) events.push(event);
    expect(events.map(({ event }) => event)).toEqual(['piece', 'error']);
    expect(JSON.parse(events[1]?.data ?? '')).toMatchObject({ code: 'CallTimedOut', status: 504 });
    const next = await call([4]);
    expect(await next.json()).toMatchObject({ outputs: { y: [8] } });
    const after = await runners();
    expect(before.every((pid) => after.includes(pid))).toBe(survives);
  });

  it('a format that no node knows is stored and says so, and its callers are told', async () => {
    const publisher = createUser(network.url);
    const vector = { name: 'one', inputs: { x: [1] }, outputs: { y: [2] }, rtol: 1e-4, atol: 1e-6 };
    const tensor = (name: string) => ({ name, datatype: 'FP32' as const, shape: [-1] });
    const fields = { format: 'gguf', needs: { memoryBytes: 1_000_000 } } as Partial<Manifest>;
    const specs = { inputs: [tensor('x')], outputs: [tensor('y')], vectors: [vector] };
    const files = { 'model.gguf': new TextEncoder().encode('GGUF') };
    const made = describeModel(publisher.address, 'later', files, { ...specs, ...fields });
    const { reference } = await publishDirectly(publisher, made);
    const view = await untilRelease(
      publisher.client,
      reference,
      (each) => conditionOf(each, 'Verified').reason === 'UnsupportedFormat',
    );
    expect(conditionOf(view, 'Stored').status).toBe('True');
    expect(conditionOf(view, 'Verified')).toMatchObject({ status: 'False', message: expect.stringContaining('gguf') });
    for (const accept of ['application/json', 'text/event-stream']) {
      const options = { method: 'POST', body: '{"x":[1]}', headers: { accept } };
      const refused = await fetch(`${network.url}/v1/run/${reference}`, options);
      expect(refused.headers.get('content-type')).toContain('problem+json');
      expect(await refused.json()).toMatchObject({
        code: 'UnsupportedFormat',
        status: refused.status,
        detail: expect.stringContaining('gguf'),
        release: reference,
      });
      expect([409, 503]).toContain(refused.status);
    }
  });
});
