import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readKeyFile } from '@callable/disk';
import {
  type Address,
  addressOf,
  type BatchOfCalls,
  bundlePath,
  decodeBundle,
  decodeEntry,
  decodeSegment,
  encodeSegment,
  hashTree,
  joinSegments,
  type LoggedStatement,
  leafOfBatch,
  type PrivateKey,
  parseCheckpoint,
  parseNote,
  readSubtreesOfLeaves,
  signStatement,
  splitSegments,
  toHex,
  verifyReceipt,
} from '@callable/protocol';
import { createClient, listGaps, runModel } from '@callable/sdk';
import {
  createUser,
  doublingRelease,
  isCallable,
  playBatches,
  publishDirectly,
  untilRelease,
} from '@callable/stand-ins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkReceipt } from '../packages/cli/src/calls/check-receipt.ts';
import { writeLog } from '../packages/cli/test/write-log.ts';
import { findProof } from './support/find-proof.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { runCallable } from './support/run-callable.ts';
import { startNetwork } from './support/start-network.ts';
import { untilTrue } from './support/until-true.ts';

type Report = { ok: boolean; findings: { outcome: string; what: string; detail: string }[] };

let place: Awaited<ReturnType<typeof openTempDir>>;
let node: Address;
const at = (name: string) => join(place.path, name);
/** Calls of the test; the probes of the hub stand as bare hashes or come of their own keys. */
const keyed = 6;

async function keyIn(path: string): Promise<PrivateKey> {
  return (await readKeyFile(at(path)))?.key ?? expect.fail(`${path} is no key`);
}

/** One run of `callable verify calls`, by a reader who keeps nothing from run to run. */
async function verifyCalls(copy: string, more: string[] = []) {
  const home = at(`home-of-${copy}`);
  await mkdir(home, { recursive: true });
  const ended = await runCallable(['verify', 'calls', '--log', at(copy), '--json', ...more], { home });
  const { findings } = JSON.parse(ended.stdout) as Report;
  const said = (what: string) => {
    const found = findings.find((finding) => finding.what === what);
    return found && `${found.outcome}: ${found.detail}`;
  };
  return { code: ended.code, said };
}

beforeAll(async () => {
  place = await openTempDir();
  await mkdir(at('operator'));
  await using network = await startNetwork({ dataDir: at('network'), home: at('operator') });
  const [publisher, caller] = [createUser(network.url), createUser(network.url)];
  const release = doublingRelease({ publisher: publisher.address, name: 'double' });
  const { reference } = await publishDirectly(publisher, release);
  await untilRelease(caller.client, reference, isCallable);
  const sent = JSON.stringify({ x: [21] });
  const answers = await Promise.all(
    Array.from({ length: keyed }, () => runModel(caller.client, reference, sent, { proof: true })),
  );
  const keyless = await runModel(createClient(network.url), reference, sent, { proof: true });
  const bytes = new TextEncoder().encode(sent);
  for (const [answer, key] of [...answers.map((one) => [one, caller.key] as const), [keyless, null] as const]) {
    const checked = checkReceipt(answer, key, bytes);
    expect(checked.outputs).toEqual({ y: [42] });
    expect(verifyReceipt(checked.receipt, { node: answer.node as Address })).toMatchObject({ ok: true });
    const other = { ...answer, outputs: { y: [43] } };
    expect(() => checkReceipt(other, key, bytes)).toThrow('whose outputs is wrong');
    expect(() => checkReceipt(answer, key, new TextEncoder().encode('{"x":[22]}'))).toThrow('whose inputs is wrong');
    expect(() => checkReceipt(answer, publisher.key, bytes)).toThrow('whose caller is wrong');
  }
  for (const { receipt } of [...answers, keyless])
    await untilTrue('a receipt under a checkpoint', async () => (await findProof(caller.client, receipt)) !== null);
  node = answers[0]?.node as Address;
  expect(await listGaps(caller.client, node)).toEqual({ gaps: [], next: null });
  await runCallable(['log', 'copy', at('copy'), '--hub', network.url], { home: at('operator') });
}, 180_000);
afterAll(() => place[Symbol.asyncDispose]());

/** The entries of the copy, and which of them have segments beside them. */
async function readCopy() {
  const text = parseNote(await readFile(at('copy/checkpoint'), 'utf8'))?.text ?? '';
  const checkpoint = parseCheckpoint(text) ?? expect.fail('the copy has no checkpoint');
  const bundle = await readFile(at(`copy/${bundlePath({ index: 0, width: checkpoint.size })}`));
  const entries = (decodeBundle(bundle) ?? []).map((bytes) => decodeEntry(bytes) as LoggedStatement);
  const batched = entries.flatMap(({ statement }, index) => (statement.kind === 'receipts.batched' ? [index] : []));
  return { checkpoint, entries, batched };
}

const batchesIn = async (index: number): Promise<BatchOfCalls[]> =>
  (splitSegments(await readFile(at(`copy/receipts/${index}`))) ?? []).flatMap(
    (segment) => decodeSegment(segment)?.batches ?? [],
  );

/** The copy, with a file changed. */
async function alter(name: string, index: number, change: (file: Buffer) => Uint8Array): Promise<string> {
  await cp(at('copy'), at(name), { recursive: true });
  const path = at(`${name}/receipts/${index}`);
  await writeFile(path, change(await readFile(path)));
  return name;
}

/** The log as this hub would have signed it with these batches in one more entry: whoever has its keys can lie about nodes. */
async function continueLog(name: string, batches: readonly BatchOfCalls[]): Promise<{ name: string; vkey: string }> {
  await cp(at('copy'), at(name), { recursive: true });
  await rm(at(`${name}/tile`), { recursive: true });
  const { checkpoint, entries } = await readCopy();
  const last = entries.at(-1) ?? expect.fail('the log is empty');
  const leaves = batches.map(({ batch }) => leafOfBatch(batch));
  const root = toHex(await hashTree(leaves.length, readSubtreesOfLeaves(leaves)));
  const times = batches.map(({ batch }) => batch.issuedAt);
  const calls = batches.reduce((sum, { batch }) => sum + batch.count, 0);
  const { body } =
    entries.findLast(({ statement }) => statement.kind === 'receipts.batched')?.statement ?? last.statement;
  const said = { ...body, root, count: leaves.length, calls, from: Math.min(...times), to: Math.max(...times) };
  const hub = await keyIn('network/hub/hub-key');
  const fact = { kind: 'receipts.batched', subject: addressOf(hub), body: said, issuedAt: last.loggedAt };
  const statement = signStatement(fact, hub);
  await writeFile(at(`${name}/receipts/${entries.length}`), joinSegments([encodeSegment({ failures: [], batches })]));
  const secret = await keyIn('network/hub/log-key');
  const lied = [...entries, { ...last, seq: entries.length, statement } as LoggedStatement];
  return { name, vkey: await writeLog(at(name), lied, { name: checkpoint.origin, secret }) };
}

it('with the hub off, every call of a real network is verified from the files', async () => {
  const { code, said } = await verifyCalls('copy');
  expect([code, said('sessions')]).toEqual([0, expect.stringMatching(/^checked: \d+ sessions of 1 nodes, 0 gaps/)]);
  const [, calls = 0] = /^checked: (\d+) calls by \d+ callers who signed/.exec(said('calls') ?? '') ?? [];
  expect(Number(calls)).toBeGreaterThanOrEqual(keyed + 1);
});

it('attack: a receipt that was altered, a path to a forged one, a batch left out of a file, a file cut', async () => {
  const { batched } = await readCopy();
  const filed = await Promise.all(batched.map(batchesIn));
  const hasCall = (batches: BatchOfCalls[]) =>
    batches.some(({ records }) => records.some(({ kind }) => kind === 'call'));
  const index = batched[filed.findIndex(hasCall)] ?? expect.fail('no call was filed');
  const call =
    (await batchesIn(index)).flatMap((batch) => batch.records).find((record) => record.kind === 'call') ??
    expect.fail('no call was filed');
  // What the node says of the answer, whoever called.
  const turned = (file: Buffer) => {
    const place = file.indexOf(Buffer.from(call.receipt.outputs, 'hex'));
    file[place] = (file[place] ?? 0) ^ 1;
    return file;
  };
  const altered = await verifyCalls(await alter('altered', index, turned));
  expect([altered.code, altered.said('calls')]).toEqual([1, expect.stringContaining(`entry ${index}: the batch`)]);
  expect(altered.said('calls')).toContain('the path to one of them is forged');
  const cut = await verifyCalls(await alter('cut', index, (file) => file.subarray(0, -1)));
  expect([cut.code, cut.said('calls')]).toEqual([1, expect.stringContaining('its file ends within a segment')]);
  const empty = await verifyCalls(await alter('empty', index, () => new Uint8Array()));
  expect([empty.code, empty.said('calls')]).toEqual([1, expect.stringContaining('do not have the root')]);
  await cp(at('copy'), at('missing'), { recursive: true });
  await rm(at(`missing/receipts/${index}`));
  const missing = await verifyCalls('missing');
  expect(missing.said('files')).toBe(`unchecked: The files of 1 entries are missing: ${index}.`);
});

it('attack: a hub that files a fork of a node, leaves numbers out or counts a batch twice is found by the files', async () => {
  const { batched } = await readCopy();
  const batches = (await Promise.all(batched.map(batchesIn))).flat();
  const [one] = batches;
  if (!one) expect.fail('no batch was filed');
  const { session, gateway } = one.batch;
  const key = await keyIn('network/node/key');
  const player = playBatches(key, gateway, { session });
  const release = `sha256:${'ab'.repeat(32)}`;
  const plant = async (name: string, batch: BatchOfCalls) => {
    const { vkey } = await continueLog(name, [batch]);
    return verifyCalls(name, ['--vkey', vkey]);
  };
  const forked = await plant('forked', player.batch([{ release }], { first: one.batch.first }));
  expect([forked.code, forked.said('forks')]).toEqual([1, expect.stringMatching(/^failed: 1 headers/)]);
  for (const part of [node, session]) expect(forked.said('forks')).toContain(part);
  const twice = await plant('twice', one);
  expect([twice.code, twice.said('repeated')]).toEqual([1, expect.stringMatching(/^failed: 1 headers/)]);
  const heads = batches.filter(({ batch }) => batch.session === session).map(({ batch }) => batch);
  const end = Math.max(...heads.map(({ first, count }) => first + count));
  const gap = await plant('gap', player.batch([{ release }], { first: end + 3 }));
  expect([gap.code, gap.said('gaps')]).toEqual([0, expect.stringContaining(`${end} to ${end + 2}`)]);
  const broken = await plant('broken', player.batch([{ release }], { first: end, previous: 'cd'.repeat(32) }));
  expect([broken.code, broken.said('chains')]).toEqual([1, expect.stringContaining(`${end} to ${end}`)]);
}, 120_000);
