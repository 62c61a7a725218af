import { join } from 'node:path';
import { chunkBytes } from '@callable/protocol';
import { createClient, runModel } from '@callable/sdk';
import { type LookupModel, writeLookupModel } from '@callable/stand-ins';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from './support/cuttable-proxy.mjs';
import { openTempDir } from './support/open-temp-dir.ts';
import { type CallableProcess, spawnCallable } from './support/spawn-callable.ts';
import { type NetworkProcess, startNetwork } from './support/start-network.ts';

/** Chunks the client has under way at the same time. */
const lanes = 4;
/** Headers, announcements and statements: they are bytes too, but not of files. */
const words = 400_000;

let home: Awaited<ReturnType<typeof openTempDir>>;
let data: Awaited<ReturnType<typeof openTempDir>>;
let network: NetworkProcess;
let proxy: CuttableProxy;
let clients: CallableProcess[];

beforeEach(async () => {
  home = await openTempDir();
  data = await openTempDir();
  network = await startNetwork({ dataDir: data.path, home: home.path });
  proxy = await startCuttableProxy(portOf(network.url));
  clients = [];
});
afterEach(async () => {
  for (const { child } of clients) child.kill('SIGKILL');
  await proxy[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const portOf = (url: string) => Number(new URL(url).port);

function publish({ folder }: LookupModel, version: string): CallableProcess {
  const command = ['publish', folder, '--name', 'lookup', '--version', version, '--json', '--hub', proxy.url];
  const client = spawnCallable(command, { home: home.path });
  clients.push(client);
  return client;
}

type Published = { reference: string; callable: boolean };

async function untilPublished(client: CallableProcess): Promise<Published> {
  const { code, stdout, stderr } = await client.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  return JSON.parse(stdout) as Published;
}

async function expectRightAnswers({ reference }: Published, model: LookupModel): Promise<void> {
  const stranger = createClient(network.url);
  for (const row of [0, Math.floor(model.rows / 2), model.rows - 1])
    expect((await runModel(stranger, reference, { row: [row] })).outputs).toEqual({ y: [model.expected(row)] });
}

/** A client that ends too early would never reach what is waited for. */
const beforeEnd = (client: CallableProcess, event: Promise<void>) =>
  Promise.race([
    event,
    client.ended.then(({ stdout, stderr }) => Promise.reject(new Error(`ended too early:\n${stdout}${stderr}`))),
  ]);

const untilTold = (client: CallableProcess, text: string, times: number) =>
  new Promise<void>((resolve, reject) => {
    const look = () => client.stderr().split(text).length > times && resolve();
    client.child.stderr?.on('data', look);
    look();
    client.ended.then(({ stderr }) => reject(new Error(`ended before "${text}":\n${stderr}`)), reject);
  });

it('a publish goes on after the client, the hub and the network have died, and hardly a byte is sent twice', async () => {
  const model = await writeLookupModel(join(home.path, 'large'), 120_000_000, 1);
  const chunks = Math.ceil(model.bytes / chunkBytes);
  // Each of three deaths may take the acknowledgements of all lanes along, and nobody sends those again: what is waited for is less
  // than what is left. By what was sent it would be no better: the client has to know its line before that is lost.
  const arrived = (share: number) => () => proxy.acknowledged() >= share * chunks;

  const killed = publish(model, '1.0.0');
  await beforeEnd(killed, proxy.until(arrived(0.2)));
  killed.child.kill('SIGKILL');
  await killed.ended;

  const client = publish(model, '1.0.0');
  await beforeEnd(client, proxy.until(arrived(0.35)));
  await network.kill('tree');
  network = await startNetwork({ dataDir: data.path, home: home.path, port: portOf(network.url) });

  await beforeEnd(client, proxy.until(arrived(0.45)));
  proxy.cut('reset');
  await untilTold(client, 'Network', 2);
  proxy.open();
  await beforeEnd(client, proxy.until(arrived(0.55)));
  proxy.cut('lost');
  await untilTold(client, 'Network', 3);
  proxy.open();

  const published = await untilPublished(client);
  expect(published.callable).toBe(true);
  const twice = proxy.sent() - model.bytes - words;
  console.log(
    `sent ${(proxy.sent() / model.bytes).toFixed(3)} x the model; ${proxy.acknowledged()} of ${chunks} chunks`,
  );
  expect(twice).toBeLessThan(4 * lanes * chunkBytes);
  // One line for each outage, however many connections it ended.
  expect(client.stderr().split('Network').length - 1).toBe(3);
  await expectRightAnswers(published, model);
}, 180_000);

it('killed when one chunk is left, it sends that chunk; the same bytes as another version send none', async () => {
  const model = await writeLookupModel(join(home.path, 'small'), 40_000_000, 2);
  const chunks = Math.ceil(model.bytes / chunkBytes);
  const killed = publish(model, '1.0.0');
  await beforeEnd(
    killed,
    proxy.until(() => proxy.acknowledged() >= chunks - 1),
  );
  killed.child.kill('SIGKILL');
  await killed.ended;

  const before = proxy.sent();
  const published = await untilPublished(publish(model, '1.0.0'));
  expect(proxy.sent() - before).toBeLessThan(2 * chunkBytes);
  await expectRightAnswers(published, model);

  const again = proxy.sent();
  const renamed = await untilPublished(publish(model, '1.0.1'));
  expect(proxy.sent() - again).toBeLessThan(words);
  await expectRightAnswers(renamed, model);
}, 120_000);
