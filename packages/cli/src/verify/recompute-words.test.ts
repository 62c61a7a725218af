import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '@callable/formats';
import { answerTwice } from '@callable/node';
import {
  addressOf,
  checkSeed,
  defaultPolicy,
  digestJson,
  hexOfDigest,
  type LoggedStatement,
  type PrivateKey,
  parsePrivateKey,
  roundSeed,
  signStatement,
  statementId,
} from '@callable/protocol';
import { createRuntimes, inspectRelease } from '@callable/runtime';
import { doublingRelease, type Release } from '@callable/stand-ins';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { testContext } from '../../test/test-context.ts';
import { writeLog } from '../../test/write-log.ts';
import { runCommand } from '../main.ts';

const keyOf = (digit: string) => parsePrivateKey(digit.repeat(64)) as PrivateKey;
const [hub, publisher, seed, honest, liar] = [keyOf('1'), keyOf('2'), keyOf('3'), keyOf('4'), keyOf('5')];
const [seedNode, honestNode, liarNode] = [addressOf(seed), addressOf(honest), addressOf(liar)];
const begun = 1_699_000_000_000;
const wrong = [{ name: 'one', inputs: { x: [1, 2.5] }, outputs: { y: [2, 6] }, rtol: 1e-4, atol: 1e-6 }];

let directory: string;
let at: number;
let said: LoggedStatement[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-words-'));
});
beforeEach(() => {
  [at, said] = [begun, []];
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function say(key: PrivateKey, kind: string, subject: string, body: Record<string, unknown>): string {
  at += 1000;
  const audience = key === hub ? {} : { hub: addressOf(hub) };
  const statement = signStatement({ kind, subject, body, issuedAt: at, ...audience }, key);
  said.push({ statement, loggedAt: at });
  return statementId(statement);
}

/** A release whose files lie as in the data directory of a node, and a draw of all three nodes under these seeds. */
async function begin(release: Release, policy: object) {
  const { manifest, files } = release;
  const digest = digestJson(manifest);
  const place = join(directory, 'node', 'models', hexOfDigest(digest));
  await mkdir(join(directory, 'node', 'manifests'), { recursive: true });
  await mkdir(place, { recursive: true });
  await writeFile(join(directory, 'node', 'manifests', `${hexOfDigest(digest)}.json`), JSON.stringify(manifest));
  await writeFile(join(place, manifest.entry), files[0] as Uint8Array);
  say(hub, 'policy.adopted', addressOf(hub), { policy: { ...defaultPolicy, ...policy } });
  for (const key of [seed, honest, liar])
    say(key, 'node.joined', addressOf(key), { software: 'x', memoryBytes: 1, slots: 1 });
  const { name, version } = manifest;
  say(publisher, 'release.published', digest, { publisher: manifest.publisher, name, version });
  const validators = [seedNode, honestNode, liarNode];
  const round = hexOfDigest(say(hub, 'release.drawn', digest, { validators, quorum: 3, epoch: 1 }) as never);
  return { digest, round, onDisk: { digest, manifest, directory: place } };
}

const isWhole = { epoch: 1, message: 'm', runtime: { name: 'r', version: '1' } };
const report = (ok: boolean, adjudication: object | null, round?: string) => ({
  ...{ ok, reason: ok ? 'VectorsPassed' : 'VectorFailed', ...isWhole, adjudication },
  ...{ deterministic: true, loadMs: 1, peakBytes: 1, vectors: [], ...(round ? { round } : {}) },
});

/** What a node that runs the model gets. */
async function answer(onDisk: Parameters<typeof answerTwice>[1], from: Uint8Array) {
  const signal = AbortSignal.timeout(60_000);
  const inspection = await inspectRelease(formatTable, onDisk, signal);
  if (!inspection.ok) throw new Error(inspection.message);
  await using adjudicator = createRuntimes({ engine: 'wasm', warm: 0 });
  const config = { loadMs: 60_000, runMs: 60_000 };
  const exact = await answerTwice({ adjudicator, config }, onDisk, inspection, from, signal);
  if (!exact.ok) throw new Error(exact.why);
  return exact.adjudication;
}

async function verify(digest: string, ...more: string[]) {
  const context = testContext({ env: { CALLABLE_HOME: join(directory, 'home') }, cwd: directory });
  const log = await mkdtemp(join(directory, 'log-'));
  const vkey = await writeLog(log, said);
  await rm(join(directory, 'home'), { recursive: true, force: true });
  const code = await runCommand(context, ['verify', digest, '--log', log, '--vkey', vkey, '--json', ...more]);
  const { findings, conditions } = JSON.parse(context.out.text()) as {
    findings: { outcome: string; what: string; detail: string }[];
    conditions: { type: string; status: string; reason: string }[];
  };
  const verified = conditions.find(({ type }) => type === 'Verified');
  const outcomes = (of: string) => findings.filter(({ what }) => what === of).map(({ outcome }) => outcome);
  return { code, outcomes, found: new Map(findings.map((one) => [one.what, one])), verified };
}
const again = ['--recompute', '--files', 'node'];

it('attack: a reporter that never ran the model, and one that lies about the vector, are named', async () => {
  const { digest, round, onDisk } = await begin(doublingRelease({ publisher: addressOf(publisher), vectors: wrong }), {
    rules: 2,
    seeds: [seedNode],
  });
  const right = await answer(onDisk, roundSeed(digest, round));
  say(seed, 'release.validated', digest, report(false, right, round));
  say(honest, 'release.validated', digest, report(true, { ...right, passed: true }, round));
  say(liar, 'release.validated', digest, report(true, { ...right, digest: 'ab'.repeat(32) }, round));
  const body = { ok: false, reason: 'VectorFailed', ...isWhole, round, adjudication: right, agrees: true };
  say(seed, 'release.recomputed', digest, body);
  const { code, found, verified } = await verify(digest, ...again);
  expect(code).toBe(1);
  expect(verified).toMatchObject({ status: 'False', reason: 'VectorFailed' });
  expect(found.get(`report of ${seedNode}`)).toMatchObject({ outcome: 'checked' });
  expect(found.get(`recomputation of ${seedNode}`)?.detail).toMatch(/^Right: .* the vectors fail/);
  expect(found.get(`report of ${honestNode}`)?.detail).toBe(
    'Invented: it says that the vectors pass on wasm, and they fail.',
  );
  expect(found.get(`report of ${liarNode}`)?.detail).toMatch(/^Invented: its digest is (ab)+, the answers give/);
});

it('attack: a seed that convicts an honest node is named, and the node is not', async () => {
  const release = doublingRelease({ publisher: addressOf(publisher), version: '1.0.1' });
  const { digest, round, onDisk } = await begin(release, { rules: 2, seeds: [seedNode] });
  const right = await answer(onDisk, roundSeed(digest, round));
  say(honest, 'release.validated', digest, report(true, right, round));
  const invented = { ...right, digest: 'cd'.repeat(32), passed: false };
  const body = { ok: false, reason: 'VectorFailed', ...isWhole, round, adjudication: invented, agrees: true };
  say(seed, 'release.recomputed', digest, body);
  const { code, found } = await verify(digest, ...again);
  expect(code).toBe(1);
  expect(found.get(`recomputation of ${seedNode}`)).toMatchObject({ outcome: 'failed' });
  expect(found.get(`report of ${honestNode}`)?.detail).toMatch(/^Right: .* The log convicts it all the same/);
});

it('attack: a seed that says two things is convicted, and the true one of them is told', async () => {
  const release = doublingRelease({ publisher: addressOf(publisher), version: '1.0.6' });
  const { digest, round, onDisk } = await begin(release, { rules: 2, seeds: [seedNode] });
  const right = await answer(onDisk, roundSeed(digest, round));
  for (const adjudication of [right, { ...right, digest: 'cd'.repeat(32) }])
    say(seed, 'release.recomputed', digest, {
      ...{ ok: true, reason: 'VectorsPassed', ...isWhole, round, adjudication, agrees: true },
    });
  const { code, outcomes } = await verify(digest, ...again);
  expect(code).toBe(1);
  expect(outcomes(`recomputation of ${seedNode}`)).toEqual(['checked', 'failed']);
  const { found } = await verify(seedNode);
  expect(found.get('standing')?.detail).toMatch(/^RecomputationInvented: /);
});

it('what cannot be compared is said, and fails nothing', async () => {
  const release = doublingRelease({ publisher: addressOf(publisher), version: '1.0.2' });
  const { digest, round, onDisk } = await begin(release, { rules: 2, seeds: [seedNode] });
  const right = await answer(onDisk, roundSeed(digest, round));
  say(seed, 'release.validated', digest, report(true, right, round));
  say(honest, 'release.validated', digest, report(true, null, round));
  say(liar, 'release.validated', digest, report(true, { ...right, runtime: 'another@1.0.0+00' }, round));
  const { code, found } = await verify(digest, ...again);
  expect(code).toBe(0);
  expect(found.get(`report of ${seedNode}`)?.detail).toMatch(/^Right: .* the vectors pass/);
  expect(found.get(`report of ${honestNode}`)).toMatchObject({
    ...{ outcome: 'unchecked', detail: expect.stringContaining('no answers of the wasm runtime') },
  });
  expect(found.get(`report of ${liarNode}`)).toMatchObject({
    ...{ outcome: 'unchecked', detail: expect.stringContaining('made with another@1.0.0+00') },
  });
});

it('where wasm gives no exact answer no word can be compared, and why', async () => {
  const release = doublingRelease({ publisher: addressOf(publisher), version: '1.0.3', vectors: [] });
  const { digest, round } = await begin(release, { rules: 2, seeds: [seedNode] });
  say(seed, 'release.validated', digest, report(true, null, round));
  const { code, found } = await verify(digest, ...again);
  expect(code).toBe(0);
  expect(found.get(`report of ${seedNode}`)?.detail).toMatch(/^It cannot be compared: The first vector/);
});

it('before there were rounds each report has inputs of its own', async () => {
  const release = doublingRelease({ publisher: addressOf(publisher), version: '1.0.4' });
  const { digest, onDisk } = await begin(release, {});
  const own = await answer(onDisk, checkSeed(digest, addressOf(honest), 1));
  say(honest, 'release.validated', digest, report(true, own));
  // Copied from the other.
  say(liar, 'release.validated', digest, report(true, own));
  const { code, found } = await verify(digest, ...again);
  expect(code).toBe(1);
  expect(found.get(`report of ${honestNode}`)).toMatchObject({ outcome: 'checked' });
  expect(found.get(`report of ${liarNode}`)).toMatchObject({ outcome: 'failed' });
});

it('--seeds: whom else a reader believes decides what follows from the same log', async () => {
  const release = doublingRelease({ publisher: addressOf(publisher), version: '1.0.5' });
  const { digest, round } = await begin(release, { rules: 2, seeds: [seedNode] });
  say(seed, 'release.validated', digest, report(false, null, round));
  say(honest, 'release.validated', digest, report(true, null, round));
  const policys = await verify(digest);
  expect(policys.verified).toMatchObject({ status: 'Unknown', reason: 'ValidatorsDisagree' });
  say(seed, 'release.recomputed', digest, {
    ...{ ok: false, reason: 'VectorFailed', ...isWhole, round, adjudication: null, agrees: true },
  });
  expect((await verify(digest)).verified).toMatchObject({ status: 'False' });
  const others = await verify(digest, '--seeds', honestNode);
  expect(others.verified).toMatchObject({ status: 'Unknown', reason: 'ValidatorsDisagree' });
  expect(others.found.get('seeds')?.detail).toContain(honestNode);
  const nobody = await verify(digest, '--seeds', liarNode);
  expect(nobody.verified).toMatchObject({ status: 'Unknown', reason: 'AwaitingSeed' });
  const alike = await verify(digest, '--seeds', 'none');
  // By count: of three that all have to agree one has not.
  expect(alike.verified).toMatchObject({ status: 'False', message: expect.stringContaining('1 of 3 nodes') });
  expect(alike.found.get('seeds')?.detail).toContain('all nodes alike');
});
