import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import {
  addressOf,
  type Digest,
  dayMs,
  dayOf,
  isSignedBy,
  type PrivateKey,
  parseCheckpoint,
  parseNote,
  type SignedNote,
  type UsageDayList,
  type UsageView,
} from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import { joinAsNode, playBatches, publishBytes, randomKey, reportBatches } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvOf, noteOf } from '../src/usage/days/day-files.ts';
import { keepDayFiles } from '../src/usage/days/keep-day-files.ts';
import { keepFigures } from '../src/usage/figures/keep-figures.ts';
import { countUsage } from './count-usage.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
let now = Date.UTC(2026, 10, 2, 12);
const clientOf = (key: PrivateKey) => ({ ...hub.client(key), clock: () => now });
const [publisher, node] = [randomKey(), randomKey()];
const callers = Array.from({ length: 3 }, () => randomKey());
let used: Digest;
let batch: ReturnType<typeof playBatches>['batch'];

const get = (path: string, init?: RequestInit) => fetch(`${hub.url}/v1/usage/days${path}`, init);
const text = async (path: string) => (await get(path)).text();
const sha256 = (bytes: string) => createHash('sha256').update(bytes).digest('hex');

async function report(by: readonly PrivateKey[]): Promise<void> {
  const calls = by.map((caller) => ({ release: used, caller, tag: addressOf(caller).slice(2, 18), relies: true }));
  await reportBatches(clientOf(hub.ctx.key), [batch(calls, { issuedAt: now })]);
  await countUsage(hub.ctx);
}

beforeAll(async () => {
  hub = await startTestHub({ overrides: { clock: () => now } });
  await joinAsNode(clientOf(node));
  used = (await publishBytes(clientOf(publisher), Buffer.from('used'), { name: 'used' })).digest as Digest;
  batch = playBatches(node, addressOf(hub.ctx.key)).batch;
  await report(callers);
  now += 7 * dayMs;
  await report(callers);
}, 60_000);
afterAll(() => hub[Symbol.asyncDispose]());

type Row = Record<string, string | number>;
const rowsOf = (csv: string): Row[] => {
  const [names = '', ...lines] = csv.trimEnd().split('\n');
  return lines.map((line) => {
    const values = line.split(',');
    return Object.fromEntries(
      names.split(',').map((name, index) => {
        const value = values[index] ?? '';
        return [name, ['day', 'kind', 'id'].includes(name) ? value : Number(value)];
      }),
    );
  });
};

describe('days as files', () => {
  it('are not there while the day lasts, and say why', async () => {
    expect(await keepDayFiles(hub.ctx)).toBe(1);
    const response = await get('/2026-11-09.csv');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'UsageDayNotWritten' });
    expect(await (await get('/2026-11-31.csv')).json()).toMatchObject({ code: 'RequestInvalid' });
    expect((await get('/2026-11-09.xml')).status).toBe(404);
    expect((await get('/..%2f..%2fcheckpoint.csv')).status).toBe(400);
  });

  it('have a row of each release, publisher and node and of the network, as figures say', async () => {
    const views = await Promise.all(
      [`release=${used}`, `publisher=${addressOf(publisher)}`, `node=${addressOf(node)}`, ''].map(
        async (query) => (await (await fetch(`${hub.url}/v1/usage?days=1&${query}`)).json()) as UsageView,
      ),
    );
    now += dayMs;
    expect(await keepDayFiles(hub.ctx)).toBe(1);
    expect(await keepDayFiles(hub.ctx)).toBe(0);
    const csv = await text('/2026-11-09.csv');
    const rows = rowsOf(csv);
    expect(rows.map(({ kind, id }) => [kind, id])).toEqual(views.map(({ kind, id }) => [kind, id]));
    for (const [index, view] of views.entries())
      expect(rows[index]).toMatchObject({
        ...{ day: '2026-11-09', claimed: view.claimed, evidenced: view.evidenced, weight: view.trusted.weight },
        ...{ callers: view.trusted.callers, independent: view.callers.independent, calls: view.trusted.calls },
        ...{ relied: view.relied.trusted, reliers: view.relied.callers, excluded_young: view.excluded.young },
      });
    expect(rows[0]).toMatchObject({ weight: 3_000, callers: 3, relied: 3 });
    expect(JSON.parse(await text('/2026-11-09.json'))).toEqual(rows);
  });

  it('are signed: both hashes, by the key of the log, in words that are no checkpoint', async () => {
    const note = parseNote(await text('/2026-11-09.note')) as SignedNote;
    expect(isSignedBy(note, hub.ctx.tlog.key)).toBe(true);
    for (const ending of ['csv', 'json'])
      expect(note.text).toContain(`${sha256(await text(`/2026-11-09.${ending}`))}  2026-11-09.${ending}\n`);
    expect(parseCheckpoint(note.text)).toBeNull();
  });

  it('are listed, newest first, and HEAD reads none of them', async () => {
    const list = (await (await get('')).json()) as UsageDayList;
    expect(list.days.map(({ day, rows, csv }) => [day / dayMs, rows, csv])).toEqual([
      [dayOf(now) - 1, 4, '/v1/usage/days/2026-11-09.csv'],
      [dayOf(now) - 8, 4, '/v1/usage/days/2026-11-02.csv'],
    ]);
    const older = (await (await get('?before=2026-11-09')).json()) as UsageDayList;
    expect(older.days).toEqual(list.days.slice(1));
    const head = await get('/2026-11-09.csv', { method: 'HEAD' });
    expect(Number(head.headers.get('content-length'))).toBe((await text('/2026-11-09.csv')).length);
    expect(head.headers.get('link')).toContain('publicdomain/zero');
  });

  it('are written again when a fact changes what they say; attack: not at every statement', async () => {
    const before = await text('/2026-11-09.csv');
    const delegate = async (key: PrivateKey) => {
      const body = { key: addressOf(key), scopes: ['publish' as const], notBefore: now - 1_000, notAfter: now + dayMs };
      await makeStatement(clientOf(publisher), { kind: 'key.delegated', subject: addressOf(publisher), body });
      await keepFigures(hub.ctx);
    };
    await delegate(callers[0] as PrivateKey);
    // The older one was written a week ago.
    expect(await keepDayFiles(hub.ctx)).toBe(1);
    expect(await text('/2026-11-09.csv')).toBe(before);
    now += 3600_000;
    expect(await keepDayFiles(hub.ctx)).toBe(1);
    expect(rowsOf(await text('/2026-11-09.csv'))[0]).toMatchObject({ weight: 2_000, excluded_delegates: 1 });
    const again = await text('/2026-11-09.csv');
    await delegate(callers[1] as PrivateKey);
    await keepDayFiles(hub.ctx);
    expect(await text('/2026-11-09.csv')).toBe(again);
  });

  it('are there again where they were lost, or a kill left no note', async () => {
    await rm(csvOf(hub.ctx, dayOf(now) - 8));
    await rm(noteOf(hub.ctx, dayOf(now) - 8));
    expect(await keepDayFiles(hub.ctx)).toBe(1);
    const note = await readFile(noteOf(hub.ctx, dayOf(now) - 8), 'utf8');
    expect(note).toContain(sha256(await text('/2026-11-02.csv')));
  });
});
