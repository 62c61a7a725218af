import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultHubConfig, startHub } from '@callable/hub';
import { createClient, getRelease, runModel } from '@callable/sdk';
import {
  createUser,
  doublingRelease,
  isCallable,
  publishDirectly,
  type Release,
  untilRelease,
} from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { createRandom } from './support/create-random.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { startNetwork } from './support/start-network.ts';

const rounds = 3;
const atOnce = 10;
const megabyte = 10 ** 6;

it('kill -9 at random moments during ten publishes loses nothing that was acknowledged', async () => {
  const { seed, next: random } = createRandom();
  console.log(`kill-anytime: CALLABLE_SEED=${seed}`);
  await using home = await openTempDir();
  await using data = await openTempDir();
  const places = { dataDir: data.path, home: home.path };
  const publisher = createUser('http://127.0.0.1:1');
  const acknowledged = new Map<string, string>();
  let interrupted: Release[] = [];
  let made = 0;

  for (let round = 0; round < rounds; round++) {
    await using network = await startNetwork(places);
    const client = createClient(network.url, { key: publisher.key });
    const again = interrupted;
    while (again.length < atOnce) {
      const salt = made++;
      const padding = Math.floor(random() ** 3 * 12 * megabyte);
      again.push(doublingRelease({ publisher: publisher.address, name: `model-${salt}` }, { salt, padding }));
    }
    interrupted = [];
    const enough = acknowledged.size + Math.floor(random() * 3) + 3 * round;
    const progress = new EventEmitter();
    const somewhere = enough === acknowledged.size ? null : once(progress, 'enough');
    const publishing = Promise.allSettled(
      again.map(async (release) => {
        await delay(random() * 300);
        const answer = await publishDirectly({ ...publisher, client }, release);
        acknowledged.set(answer.reference, answer.digest);
        if (acknowledged.size === enough) progress.emit('enough');
      }),
    );
    // Somewhere between two acknowledgements, earlier or later in the ten from round to round.
    await somewhere;
    await delay(random() * 300);
    await network.kill(round % 2 === 0 ? 'tree' : 'process');
    const outcomes = await publishing;
    interrupted = again.filter((_, at) => outcomes[at]?.status === 'rejected');
    console.log(`round ${round}: ${acknowledged.size} of ${made} acknowledged, ${interrupted.length} interrupted`);
  }

  {
    await using network = await startNetwork(places);
    const client = createClient(network.url, { key: publisher.key });
    const found = await Promise.all([...acknowledged.keys()].map((reference) => getRelease(client, reference)));
    expect(new Map(found.map(({ reference, digest }) => [reference, digest]))).toEqual(acknowledged);
    for (const release of interrupted) {
      const { reference, digest } = await publishDirectly({ ...publisher, client }, release);
      acknowledged.set(reference, digest);
    }
    expect(acknowledged.size).toBe(made);
    for (const reference of acknowledged.keys()) {
      await untilRelease(client, reference, isCallable, 120_000);
      expect((await runModel(client, reference, { x: [21] })).outputs).toEqual({ y: [42] });
    }
    expect(await network.stop()).toBe(0);
    expect(await network.leftovers()).toEqual([]);
  }
  expect(await sequenceOf(data.path)).toEqual({ isGapless: true, releases: made });
}, 240_000);

/** The log as the hub keeps it, read by another start of the hub on the same data. */
async function sequenceOf(dataDir: string) {
  await using hub = await startHub({ ...defaultHubConfig, dataDir: join(dataDir, 'hub') });
  const rows = await hub.ctx.db.selectFrom('statement').select(['seq', 'kind']).orderBy('seq').execute();
  return {
    isGapless: rows.every(({ seq }, at) => seq === at + (rows[0]?.seq ?? 0)),
    releases: rows.filter(({ kind }) => kind === 'release.published').length,
  };
}
