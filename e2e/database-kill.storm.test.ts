import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultHubConfig, startHub } from '@callable/hub';
import type { Digest } from '@callable/protocol';
import { getRelease, listStatements, makeStatement, runModel } from '@callable/sdk';
import { createUser, doublingRelease, isCallable, publishDirectly, untilRelease } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { findTree } from './support/find-processes.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { startNetwork } from './support/start-network.ts';

const kills = 10;
/** What is said of it: once the database is killed reads are answered again within this time. */
const backWithinMs = 5_000;

it('a database killed ten times under load is back each time, and nothing acknowledged is lost', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  await using network = await startNetwork({ dataDir: data.path, home: home.path });
  const publisher = createUser(network.url);
  const { client } = publisher;
  const named = (name: string, salt: number) => doublingRelease({ publisher: publisher.address, name }, { salt });
  const called = await publishDirectly(publisher, named('called', 0));
  await untilRelease(client, called.reference, isCallable, 60_000);

  const stop = new AbortController();
  const calls = { good: 0, failures: [] as unknown[] };
  const acknowledged = new Map<string, string>();
  const labels = new Set<string>();
  const refusals: unknown[] = [];
  /** Whatever is refused meanwhile is refused with a reason, and what is not was done. */
  const unlessAway = (work: () => Promise<void>) => work().catch((error: unknown) => void refusals.push(error));
  const repeat = async (pauseMs: number, work: (turn: number) => Promise<unknown>) => {
    for (let turn = 1; !stop.signal.aborted; turn++) {
      await work(turn);
      await delay(pauseMs);
    }
  };
  const load = [
    repeat(20, () =>
      runModel(client, called.reference, { x: [21] }).then(
        ({ outputs }) => {
          expect(outputs).toEqual({ y: [42] });
          calls.good++;
        },
        (error: unknown) => void calls.failures.push(error),
      ),
    ),
    repeat(300, (turn) =>
      unlessAway(async () => {
        const { reference, digest } = await publishDirectly(publisher, named(`model-${turn}`, turn));
        acknowledged.set(reference, digest);
      }),
    ),
    repeat(200, (turn) =>
      unlessAway(async () => {
        const body = { label: `said-${turn}`, attached: true, note: '' };
        const { id } = await makeStatement(client, { kind: 'label.attached', subject: called.digest, body });
        labels.add(id);
      }),
    ),
  ];

  const times: number[] = [];
  const pidFile = join(data.path, 'hub/postgres/18/data/postmaster.pid');
  for (let kill = 0; kill < kills; kill++) {
    const server = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
    const victim = kill % 2 === 0 ? server : (await findTree(server)).at(-1)?.pid;
    process.kill(victim ?? server, 'SIGKILL');
    const killedAt = performance.now();
    await untilAnswers(network.url, 503);
    await untilAnswers(network.url, 200);
    times.push(Math.round(performance.now() - killedAt));
    await delay(500);
  }
  stop.abort();
  await Promise.all(load);
  console.log(
    `back after ${times.join(', ')} ms; ${calls.good} calls, ${acknowledged.size} releases, ${labels.size} labels`,
  );

  expect(calls.failures).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(0);
  expect(labels.size).toBeGreaterThan(0);
  for (const error of refusals) expect(error).toMatchObject({ code: 'DatabaseUnavailable', retry: true });
  expect(Math.max(...times)).toBeLessThan(backWithinMs);
  for (const [reference, digest] of acknowledged) {
    await untilRelease(client, reference, isCallable, 120_000);
    expect((await getRelease(client, reference)).digest).toBe(digest);
  }
  const logged = new Set<string>((await listStatements(client, called.reference)).statements.map(({ id }) => id));
  expect([...labels].filter((id) => !logged.has(id))).toEqual([]);
  expect(await network.stop()).toBe(0);
  expect(await network.leftovers()).toEqual([]);
  const kept = await readKept(data.path, called.digest);
  expect(kept.isGapless).toBe(true);
  expect(kept.calls).toBeGreaterThanOrEqual(calls.good);
}, 300_000);

/** A killed server answers nobody; one backend of it may take the others along a little later. */
async function untilAnswers(url: string, status: 200 | 503): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/v1/releases?limit=1`);
    await response.arrayBuffer();
    if (response.status === status) return;
    await delay(10);
  }
}

type Counted = { signed: number; keyless: number; own: number };

async function readKept(dataDir: string, release: string) {
  await using hub = await startHub({ ...defaultHubConfig, dataDir: join(dataDir, 'hub') });
  // Of one moment: what is counted in a statement is uncounted no more.
  return await hub.ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const rows = await tx
        .selectFrom('statement')
        .select(['seq', 'kind', 'subject', 'content'])
        .orderBy('seq')
        .execute();
      const counted = rows.filter(({ kind, subject }) => kind === 'release.called' && subject === release);
      const bodies = counted.map(({ content }) => (JSON.parse(content) as { body: Counted }).body);
      const said = bodies.reduce((sum, { signed, keyless, own }) => sum + signed + keyless + own, 0);
      const { waiting } = await tx
        .selectFrom('uncounted_call')
        .select(({ fn }) => fn.sum<number>('count').as('waiting'))
        .where('release', '=', release as Digest)
        .where('kind', '!=', 'failed')
        .executeTakeFirstOrThrow();
      return { isGapless: rows.every(({ seq }, at) => seq === at), calls: said + Number(waiting) };
    });
}
