import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  bundlePath,
  conditionsAt,
  decodeBundle,
  decodeEntry,
  encodeBundle,
  parseCheckpoint,
  parseNote,
  readNetwork,
} from '@callable/protocol';
import { type Client, getRelease, listReleases, readLogFile, runModel } from '@callable/sdk';
import {
  conditionOf,
  createUser,
  doublingRelease,
  isCallable,
  publishDirectly,
  untilRelease,
} from '@callable/stand-ins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findProof } from './support/find-proof.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { runCallable } from './support/run-callable.ts';
import { startNetwork } from './support/start-network.ts';
import { untilTrue } from './support/until-true.ts';

type Report = {
  ok: boolean;
  size: number;
  findings: { outcome: string; what: string; detail: string }[];
  conditions: { type: string; status: string }[];
};

let place: Awaited<ReturnType<typeof openTempDir>>;
let reference: string;
let node: string;
const at = (name: string) => join(place.path, name);

/** Where one user keeps what they saw. */
async function homeOf(name: string): Promise<string> {
  await mkdir(at(name), { recursive: true });
  return at(name);
}

/** One run of `callable verify`, by a user who keeps what they saw in `home`. */
async function verify(subject: string, log: string, { home = 'reader', more = [] as string[] } = {}) {
  const ended = await runCallable(['verify', subject, '--log', log, '--json', ...more], { home: await homeOf(home) });
  return { code: ended.code, report: JSON.parse(ended.stdout) as Report };
}

const outcomeOf = (report: Report, what: string) => report.findings.find((finding) => finding.what === what)?.outcome;

beforeAll(async () => {
  place = await openTempDir();
  await using network = await startNetwork({ dataDir: at('network'), home: await homeOf('operator') });
  const publisher = createUser(network.url);
  const caller = createUser(network.url);
  ({ reference } = await publishDirectly(publisher, doublingRelease({ publisher: publisher.address, name: 'double' })));
  await untilRelease(caller.client, reference, isCallable);
  const answer = await runModel(caller.client, reference, { x: [21] });
  expect(answer.outputs).toEqual({ y: [42] });
  node = answer.node;
  await writeFile(at('answer.json'), JSON.stringify(answer));
  await untilRelease(caller.client, reference, (view) => conditionOf(view, 'Worked').status === 'True');
  // It counts before its batch is under a checkpoint, about a second later.
  await untilTrue(
    'the receipt under a checkpoint',
    async () => (await findProof(caller.client, answer.receipt)) !== null,
  );
  const hub = ['--hub', network.url, '--json'];
  const live = await runCallable(['verify', at('answer.json'), ...hub], { home: await homeOf('operator') });
  expect(JSON.parse(live.stdout)).toMatchObject({ ok: true });
  const own = await runCallable(['verify', reference, '--own-run', ...hub], { home: await homeOf('operator') });
  expect(JSON.parse(own.stdout)).toMatchObject({
    ok: true,
    findings: expect.arrayContaining([expect.objectContaining({ what: 'own run', outcome: 'checked' })]),
  });
  await recompute(caller.client);
  await runCallable(['log', 'copy', at('copy'), ...hub], { home: await homeOf('operator') });
}, 180_000);
afterAll(() => place[Symbol.asyncDispose]());

/** What the hub says of everything it holds, computed again from its tiles and nothing else. */
async function recompute(client: Client): Promise<void> {
  const { releases } = await listReleases(client);
  expect(releases.length).toBeGreaterThan(0);
  await untilTrue('a checkpoint over all that was said', async () => {
    const read = readLogFile(client);
    const text = new TextDecoder().decode((await read('checkpoint')) ?? new Uint8Array());
    const checkpoint = parseCheckpoint(parseNote(text)?.text ?? '');
    if (!checkpoint) return false;
    const { state, faults } = await readNetwork(read, { checkpoint });
    expect(faults).toEqual([]);
    const views = await Promise.all(releases.map(({ digest }) => getRelease(client, digest)));
    const now = Date.now();
    return views.every(({ digest, conditions }) => {
      const found = state.releases.get(digest);
      const own = found ? conditionsAt(found, now, state) : [];
      const isSameEvidence = own.every(({ evidence }, i) => evidence.join() === conditions[i]?.evidence.join());
      // Only then has the checkpoint everything the hub's answer rests on; and then every word is the same.
      if (isSameEvidence) expect(own).toEqual(conditions);
      return isSameEvidence && own.length === conditions.length;
    });
  });
}

it('with the hub off, a copy of the log proves a release, a receipt and a node', async () => {
  const release = await verify(reference, at('copy'));
  expect(release.code).toBe(0);
  expect(release.report.conditions.map(({ type, status }) => [type, status])).toEqual([
    ['Uploaded', 'True'],
    ['Stored', 'True'],
    ['Verified', 'True'],
    ['Reachable', 'True'],
    ['Worked', 'True'],
  ]);
  const receipt = await verify(at('answer.json'), at('copy'));
  expect(receipt.code).toBe(0);
  expect(outcomeOf(receipt.report, 'inclusion')).toBe('checked');
  expect(outcomeOf(receipt.report, 'consistency')).toBe('checked');
  expect((await verify(node, at('copy'))).code).toBe(0);
});

it('with the hub off, the log and the files of a node are enough to do what a seed does', async () => {
  const more = ['--recompute', '--own-run', '--files', at('network/node')];
  const { code, report } = await verify(reference, at('copy'), { more });
  expect(code).toBe(0);
  for (const what of ['manifest', 'bytes', 'own run', `report of ${node}`])
    expect(report.findings.find((finding) => finding.what === what)).toMatchObject({ outcome: 'checked' });
  const without = await verify(reference, at('copy'), { more: ['--recompute'] });
  expect(without.code).toBe(0);
  expect(outcomeOf(without.report, 'files')).toBe('unchecked');
});

it('attack: an altered entry, a dropped entry and a forged signature are each found', async () => {
  const size = parseCheckpoint(parseNote(await readFile(at('copy/checkpoint'), 'utf8'))?.text ?? '')?.size ?? 0;
  const bundle = bundlePath({ index: 0, width: size });
  const tamper = async (name: string, change: (entries: Uint8Array[]) => Uint8Array[]) => {
    await cp(at('copy'), at(name), { recursive: true });
    const entries = decodeBundle(await readFile(at(`copy/${bundle}`))) ?? [];
    await writeFile(at(`${name}/${bundle}`), encodeBundle(change(entries)));
    return verify(reference, at(name), { home: `${name}-reader` });
  };
  const rewrite = (from: RegExp, to: string) => (entries: Uint8Array[]) =>
    entries.map((bytes) => Buffer.from(Buffer.from(bytes).toString('utf8').replace(from, to)));
  const altered = await tamper('altered', rewrite(/AllFilesReadBack/, 'HashMismatch'));
  expect(altered.code).toBe(1);
  expect(outcomeOf(altered.report, 'entries')).toBe('failed');
  expect(altered.report.conditions).toEqual([]);
  const forged = await tamper('forged', rewrite(/"signature":"0x../, '"signature":"0x00'));
  expect(outcomeOf(forged.report, 'entries')).toBe('failed');
  const swapped = await tamper('swapped', ([first, second, third, ...rest]) => [
    first as Uint8Array,
    third as Uint8Array,
    second as Uint8Array,
    ...rest,
  ]);
  expect(outcomeOf(swapped.report, 'entries')).toBe('failed');
});

it('attack: a receipt with another output, and one of no batch, are found', async () => {
  const answer = JSON.parse(await readFile(at('answer.json'), 'utf8')) as { receipt: Record<string, unknown> };
  await writeFile(
    at('other.json'),
    JSON.stringify({ ...answer, receipt: { ...answer.receipt, outputs: '0'.repeat(64) } }),
  );
  const other = await verify(at('other.json'), at('copy'));
  expect(other.code).toBe(1);
  expect(outcomeOf(other.report, 'receipt')).toBe('failed');
});

it('attack: a hub that begins another history under the same log key is found by whoever saw the first', async () => {
  // The operator keeps the keys and throws the database away.
  await mkdir(at('second'), { recursive: true });
  for (const key of ['hub-key', 'log-key'])
    await cp(at(`network/hub/${key}`), at(`second/hub/${key}`), { recursive: true });
  {
    await using network = await startNetwork({ dataDir: at('second'), home: await homeOf('operator-2') });
    const publisher = createUser(network.url);
    // More than the first history has, so that it could be its continuation.
    for (const name of ['one', 'two', 'three']) {
      const { reference: another } = await publishDirectly(
        publisher,
        doublingRelease({ publisher: publisher.address, name }),
      );
      await untilRelease(publisher.client, another, isCallable);
    }
    await runCallable(['log', 'copy', at('second-copy'), '--hub', network.url, '--json'], {
      home: await homeOf('operator-2'),
    });
  }
  expect((await verify(reference, at('copy'))).code).toBe(0);
  const [release = ''] = await listed(at('second-copy'));
  const second = await verify(release, at('second-copy'));
  expect(second.code).toBe(1);
  expect(outcomeOf(second.report, 'consistency')).toBe('failed');
  expect(JSON.stringify(second.report.findings)).toContain('two histories');
  // Whoever never saw the first cannot tell: for them there are witnesses.
  expect((await verify(release, at('second-copy'), { home: 'newcomer' })).code).toBe(0);
}, 120_000);

/** The digests of the releases published in a copy. */
async function listed(copy: string): Promise<string[]> {
  const size = parseCheckpoint(parseNote(await readFile(join(copy, 'checkpoint'), 'utf8'))?.text ?? '')?.size ?? 0;
  const entries = decodeBundle(await readFile(join(copy, bundlePath({ index: 0, width: size })))) ?? [];
  return entries
    .map((bytes) => decodeEntry(bytes)?.statement)
    .flatMap((statement) => (statement?.kind === 'release.published' ? [statement.subject] : []));
}
