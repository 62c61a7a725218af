import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  addressOf,
  type Digest,
  type PrivateKey,
  parseCheckpoint,
  parseNote,
  type UsageView,
} from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import { joinAsNode, type PlayedCall, playBatches, publishBytes, randomKey, reportBatches } from '@callable/stand-ins';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseArguments } from '../packages/cli/src/arguments/parse-arguments.ts';
import { auditUsageCommand } from '../packages/cli/src/commands/audit-usage.ts';
import { logCopyCommand } from '../packages/cli/src/commands/log-copy.ts';
import { testContext } from '../packages/cli/test/test-context.ts';
import { drawProbeKey } from '../packages/hub/src/path/draw-probe-key.ts';
import { revealProbes } from '../packages/hub/src/path/reveal-probes.ts';
import { countUsage } from '../packages/hub/test/count-usage.ts';
import { startTestHub, type TestHub } from '../packages/hub/test/start-test-hub.ts';
import { openTempDir } from './support/open-temp-dir.ts';

type Report = {
  verdict: string;
  findings: { outcome: string; what: string; detail: string }[];
  usage: UsageView[];
};

const dayMs = 24 * 3600_000;
let hub: TestHub;
let place: Awaited<ReturnType<typeof openTempDir>>;
let now = Date.now();
const publisher = randomKey();
const node = randomKey();
const clientOf = (key: PrivateKey) => ({ ...hub.client(key), clock: () => now });
const releases: Digest[] = [];
let files: number[] = [];

const contextOf = () => testContext({ env: { CALLABLE_HOME: join(place.path, 'home') }, cwd: place.path, fetch });

async function audit(copy: string, ...words: string[]) {
  const context = contextOf();
  const given = parseArguments(auditUsageCommand, [copy, ...words, '--json']);
  const code = await auditUsageCommand.run(context, given);
  const report = JSON.parse(context.out.text()) as Report;
  const said = (what: string) => {
    const found = report.findings.find((finding) => finding.what === what);
    return found && `${found.outcome}: ${found.detail}`;
  };
  return { ...report, code, said };
}

const compared = "the hub's figures";

/** Copies until the copy holds all that figures rest on. */
async function copyLog(): Promise<void> {
  await countUsage(hub.ctx);
  const { size } = await sql<{ size: number }>`select max(seq) + 1 as size from statement`
    .execute(hub.ctx.db)
    .then(({ rows }) => rows[0] ?? expect.fail('no entries'));
  const isWhole = async () => {
    await logCopyCommand.run(contextOf(), parseArguments(logCopyCommand, ['copy', '--hub', hub.url]));
    const note = parseNote(await readFile(join(place.path, 'copy', 'checkpoint'), 'utf8'));
    return (note && parseCheckpoint(note.text)?.size) ?? 0;
  };
  await vi.waitUntil(async () => (await isWhole()) >= Number(size), { timeout: 20_000 });
  files = (await readdir(join(place.path, 'copy', 'receipts'))).map(Number).sort((a, b) => a - b);
}

beforeAll(async () => {
  place = await openTempDir();
  hub = await startTestHub({ overrides: { clock: () => now } });
  for (const name of ['one', 'two']) {
    const { digest } = await publishBytes(clientOf(publisher), Buffer.from(name), { name });
    releases.push(digest as Digest);
  }
  await joinAsNode(clientOf(node));
  const session = playBatches(node, addressOf(hub.ctx.key));
  const callers = Array.from({ length: 12 }, () => randomKey());
  // A call of the hub's own, whose key the log shows when its day is over.
  const probe = { release: releases[0] as Digest, caller: await drawProbeKey(hub.ctx), tag: '0f'.repeat(8) };
  await reportBatches(clientOf(hub.ctx.key), [session.batch([probe], { issuedAt: now })]);
  for (const day of [0, 1, 5]) {
    now += day * dayMs;
    for (const [index, release] of releases.entries()) {
      const calls = callers.slice(0, 6 + 2 * day).flatMap((caller, at): PlayedCall[] => [
        {
          release,
          caller,
          ...(at % 4 === 0 ? {} : { tag: `0${at % 4}`.repeat(8) }),
          ...(at % 2 ? { relies: true } : {}),
        },
        { release },
        { release, caller: index === 0 ? publisher : node },
        { release, caller, fields: { end: 1 } },
        { hash: true },
      ]);
      await reportBatches(
        clientOf(hub.ctx.key),
        [session.batch(calls, { issuedAt: now })],
        [{ release, count: 3, lastAt: now }],
      );
      await countUsage(hub.ctx);
    }
  }
  expect(await revealProbes(hub.ctx)).toBe(1);
  // Of the second day, number by number: each caller has five calls in a batch, and one of them is its own.
  const say = (caller: PrivateKey | undefined, number: number, more: object = {}) =>
    makeStatement(clientOf(caller as PrivateKey), {
      ...{ kind: 'receipts.relied', subject: addressOf(caller as PrivateKey) },
      body: {
        caller: addressOf(caller as PrivateKey),
        receipts: [{ node: session.node, session: session.session, number, relied: true as const, ...more }],
      },
    });
  await say(callers[2], 61 + 2 * 5);
  await say(callers[1], 61 + 1 * 5, { outcome: 'wrong' });
  await copyLog();
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

it('computes from a copy what the hub says of a release, its publisher, a node and the network, to the last unit', async () => {
  for (const words of [releases, [addressOf(node)], [addressOf(publisher), '--publisher'], []] as string[][]) {
    const found = await audit('copy', ...words.slice(0, words === releases ? 1 : 2), '--hub', hub.url, '--sample', '1');
    expect(found.said(compared)).toBe('checked: Equal to the last unit.');
    expect(found).toMatchObject({ verdict: 'holds', code: 0 });
    expect(found.usage[0]?.trusted.weight).toBeGreaterThan(0);
    expect(found.usage[0]?.days).toHaveLength(3);
    if (words !== releases && words.length > 0) continue;
    // What was said later, and a call of the hub itself, are among it.
    expect(found.usage[0]).toMatchObject({
      ...{ excluded: { probes: 1 }, outcomes: { trusted: { right: 0, wrong: 1 } } },
    });
  }
});

it('gives all of them at once, and leaves no rows behind', async () => {
  const { usage } = await audit('copy', '--all');
  expect(usage.map(({ kind }) => kind).sort()).toEqual(['network', 'node', 'publisher', 'release', 'release']);
  const sumOf = (kind: string) =>
    usage.filter((one) => one.kind === kind).reduce((sum, { evidenced }) => sum + evidenced, 0);
  expect(sumOf('release')).toBe(sumOf('network'));
  expect((await readdir(place.path)).filter((name) => name.startsWith('.callable-'))).toEqual([]);
});

it('attack: a hub that alters its figures is told by the name of the number', async () => {
  await sql`update usage_figure set sums = jsonb_set(sums::jsonb, '{trusted,weight}', '77777')::text::json
    where kind = 3 and day = (select max(day) from usage_figure)`.execute(hub.ctx.db);
  const found = await audit('copy', '--hub', hub.url);
  expect(found).toMatchObject({ verdict: 'failed', code: 1 });
  expect(found.said(compared)).toMatch(/^failed: .*trusted\.weight is \d+, the hub says/);
});

it('as of an earlier size it knows nothing that came later', async () => {
  const [first, , third] = files as [number, number, number];
  const early = await audit('copy', '--at', `${third}`, '--days', '90');
  const whole = await audit('copy', '--days', '90');
  expect(early.usage[0]?.asOf).toMatchObject({ size: third, counted: third });
  expect(early.usage[0]?.claimed).toBeLessThan(whole.usage[0]?.claimed as number);
  expect((await audit('copy', '--at', `${first}`, '--days', '90')).usage[0]?.claimed).toBe(0);
  await expect(audit('copy', '--at', '999999')).rejects.toMatchObject({ code: 'UsedWrongly' });
});

it('attack: a file that is missing, garbled, or of another entry is named', async () => {
  const [first, second] = files as [number, number];
  const other = async (name: string) => {
    await cp(join(place.path, 'copy'), join(place.path, name), { recursive: true });
    return (entry: number) => join(place.path, name, 'receipts', `${entry}`);
  };
  await rm((await other('lacking'))(first));
  const lacking = await audit('lacking', '--days', '90');
  expect(lacking).toMatchObject({ verdict: 'not proved', code: 4 });
  expect(lacking.said('whole files')).toContain(`lacks 1 (entries ${first})`);
  await writeFile((await other('garbled'))(first), Buffer.alloc(99, 7));
  expect((await audit('garbled')).said('files')).toContain(`entry ${first}: its file`);
  await writeFile((await other('swapped'))(first), await readFile(join(place.path, 'copy', 'receipts', `${second}`)));
  expect((await audit('swapped')).said('files')).toContain(`entry ${first}: its headers do not have the root`);
  const alter = async (name: string, fromEnd: number) => {
    const path = (await other(name))(files.at(-1) as number);
    const bytes = await readFile(path);
    bytes[bytes.length - fromEnd] = (bytes[bytes.length - fromEnd] ?? 0) ^ 1;
    await writeFile(path, bytes);
    return (await audit(name, '--sample', '1')).said('files');
  };
  // The last record of the last file is a bare hash, before the 93 bytes of the report.
  expect(await alter('altered', 94)).toMatch(/report was not signed by its gateway|path to one of them is forged/);
  expect(await alter('resigned', 1)).toContain('a report was not signed by its gateway');
});
