import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, getRelease, listStatements, makeStatement, runModel } from '@callable/sdk';
import { createUser, doublingRelease, isCallable, isTrue, publishDirectly, untilRelease } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { type FoundProcess, findProcesses, findTree } from './support/find-processes.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { spawnCallable } from './support/spawn-callable.ts';
import { type NetworkProcess, startNetwork } from './support/start-network.ts';
import { untilTrue } from './support/until-true.ts';

const isHub = ({ words }: FoundProcess) => /local.dist.hub.main\.js/.test(words);

async function killHub(network: NetworkProcess): Promise<number> {
  const hub = (await findTree(network.process.pid)).find(isHub);
  if (!hub) throw new Error('There is no process of a hub.');
  process.kill(hub.pid, 'SIGKILL');
  return hub.pid;
}
const answers = (url: string, status: number) => async () => (await fetch(`${url}/v1/network`)).status === status;
const times = (text: string, words: string) => text.split(words).length - 1;

it('the hub is killed under load: every call is answered, it is back with all it acknowledged, and says why when it cannot be; nothing outlives a kill -9 of the first process', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  await using network = await startNetwork({ dataDir: data.path, home: home.path });
  const { url, process: up } = network;
  const publisher = createUser(url);
  const release = doublingRelease({ publisher: publisher.address, name: 'double' });
  const { reference, digest } = await publishDirectly(publisher, release);
  await untilRelease(publisher.client, reference, isCallable);
  await runModel(publisher.client, reference, { x: [1] });

  const stop = new AbortController();
  const failures: unknown[] = [];
  const refusals: unknown[] = [];
  const acknowledged: string[] = [];
  let good = 0;
  const call = async () => {
    for (let x = 0; !stop.signal.aborted; x++)
      await runModel(publisher.client, reference, { x: [x] }).then(
        ({ outputs }) => (outputs['y']?.toString() === `${2 * x}` ? good++ : failures.push(outputs)),
        (error: unknown) => failures.push(error),
      );
  };
  const label = async () => {
    for (let turn = 0; !stop.signal.aborted; turn++) {
      const body = { label: `said-${turn}`, attached: true, note: '' };
      await makeStatement(publisher.client, { kind: 'label.attached', subject: digest, body }).then(
        ({ id }) => acknowledged.push(id),
        (error: unknown) => refusals.push(error),
      );
      await delay(20);
    }
  };
  const load = [call(), call(), label()];
  const events = await fetch(`${url}/v1/releases/${reference}/events`);
  const read = events.text().then(String, String);
  const worked = untilRelease(publisher.client, reference, isTrue('Worked'), 120_000);
  await untilTrue('a word of the load', async () => acknowledged.length > 2);
  const first = await killHub(network);
  await untilTrue('the word that it ended', async () => up.stderr().includes('The hub has ended (SIGKILL ended it)'));
  const [before, after] = [good, acknowledged.length];
  await untilTrue('calls and statements after its return', async () => good > before && acknowledged.length > after);
  stop.abort();
  await Promise.all(load);
  expect(failures).toEqual([]);
  // It was answered by this very address: never by a connection that nobody took.
  for (const error of refusals) expect(error).toMatchObject({ code: 'NotReady', status: 503, retry: true });
  expect(up.stderr()).toContain('The hub answers again after');
  // Its streams of events have ended, not fallen silent: who followed by one came again, and hears what is new.
  expect(await read).not.toBe('');
  await runModel(createUser(url).client, reference, { x: [3] });
  await worked;
  const logged = new Set<string>((await listStatements(publisher.client, reference)).statements.map(({ id }) => id));
  expect(acknowledged.filter((id) => !logged.has(id))).toEqual([]);

  const logKey = join(data.path, 'hub', 'log-key');
  await rename(logKey, `${logKey}.away`);
  await writeFile(logKey, 'broken\n', { mode: 0o600 });
  expect(await killHub(network)).not.toBe(first);
  await untilTrue('two starts that fail', async () => times(up.stderr(), 'it did not start: The key file') >= 2);
  const refused = await fetch(`${url}/v1/network`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]\d*$/)]);
  expect(await refused.text()).not.toContain(data.path);
  expect((await runModel(publisher.client, reference, { x: [4] })).outputs).toEqual({ y: [8] });
  await rename(`${logKey}.away`, logKey);
  await untilTrue('its return', answers(url, 200));
  expect(times(up.stderr(), 'The hub answers again after')).toBe(2);

  const pidFile = await readFile(join(data.path, 'hub/postgres/18/data/postmaster.pid'), 'utf8');
  const database = Number.parseInt(pidFile, 10);
  expect((await findProcesses(data.path)).map(({ pid }) => pid)).toContain(database);
  await network.kill('process');
  // Hub, database and runners hear of it by their pipes, and end as they do when they are asked to.
  await untilTrue('the end of every process', async () => (await findProcesses(data.path)).length === 0);
}, 180_000);

it('Ctrl-C says nothing of releases: the nodes leave, no probe finds that out, and the next start is callable at once', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  const places = { dataDir: data.path, home: home.path };
  const { key, address } = createUser('http://127.0.0.1:1');
  let reference = '';
  for (const round of [0, 1]) {
    await using network = await startNetwork(places);
    const client = createClient(network.url, { key });
    if (round === 0) {
      const release = doublingRelease({ publisher: address, name: 'double' });
      ({ reference } = await publishDirectly({ key, address, client }, release));
      await untilRelease(client, reference, isCallable);
    }
    expect((await getRelease(client, reference)).callable).toBe(true);
    const { statements } = await listStatements(client, reference);
    const probed = statements.flatMap(({ statement: { kind, body } }) => (kind === 'release.probed' ? [body] : []));
    expect(probed.filter(({ ok }) => !ok)).toEqual([]);
    expect(await network.stop()).toBe(0);
  }
}, 120_000);

it.each([
  ['the hub', isHub],
  ['the database', ({ words }: FoundProcess) => /postgres -D/.test(words)],
])(
  'kill -9 of the first process as soon as there is %s leaves nothing, and the next start is whole',
  async (_name, isThere) => {
    await using home = await openTempDir();
    await using data = await openTempDir();
    const up = spawnCallable(['up', '--no-examples', '--port', '0', '--data', data.path], { home: home.path });
    await untilTrue('that process', async () => (await findTree(up.pid)).some(isThere));
    process.kill(up.pid, 'SIGKILL');
    await untilTrue('the end of every process', async () => (await findProcesses(data.path)).length === 0);
    await using network = await startNetwork({ dataDir: data.path, home: home.path });
    expect((await fetch(`${network.url}/readyz`)).status).toBe(200);
    expect(await network.stop()).toBe(0);
    expect(await network.leftovers()).toEqual([]);
  },
  120_000,
);
