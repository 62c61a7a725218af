import { createClient, runModel } from '@callable/sdk';
import { createUser, doublingRelease, isCallable, publishDirectly, untilRelease } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { type FoundProcess, findTree } from './support/find-processes.ts';
import { findReport } from './support/find-report.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { startNetwork } from './support/start-network.ts';

const isDatabase = ({ words }: FoundProcess) => /postgres/.test(words);

it.each([
  ['ours', (one: FoundProcess) => !isDatabase(one)],
  ['all, the database too', () => true],
])(
  'SIGTERM to every process at once, as a supervisor of services sends it, loses no report of a call: %s',
  async (_, isTold) => {
    await using home = await openTempDir();
    await using data = await openTempDir();
    const places = { dataDir: data.path, home: home.path };
    const { key, address } = createUser('http://127.0.0.1:1');
    const answers: Awaited<ReturnType<typeof runModel>>[] = [];
    {
      await using network = await startNetwork({ ...places, nodes: 2 });
      const client = createClient(network.url, { key });
      const release = doublingRelease({ publisher: address, name: 'double' });
      const { reference } = await publishDirectly({ key, address, client }, release);
      await untilRelease(client, reference, isCallable);
      // Within a second, so that the gateway has told the hub of none but the first.
      for (let x = 0; x < 20; x++) answers.push(await runModel(client, reference, { x: [x] }));
      const told = (await findTree(network.process.pid)).filter(isTold);
      // The first process, the hub, two nodes: each has to hear it, or this shows nothing.
      expect(told.length).toBeGreaterThan(4);
      for (const { pid } of told) process.kill(pid, 'SIGTERM');
      const { code, stderr } = await network.process.ended;
      expect(code, stderr).toBe(0);
      expect(stderr).not.toContain('"level":50');
      expect(await network.leftovers()).toEqual([]);
    }
    await using network = await startNetwork(places);
    const { client } = createUser(network.url);
    const found = await Promise.all(answers.map(({ receipt }) => findReport(client, receipt)));
    expect(found.map((report) => report?.seq)).toEqual(answers.map(({ receipt }) => receipt.seq));
    expect(await network.stop()).toBe(0);
  },
  120_000,
);
