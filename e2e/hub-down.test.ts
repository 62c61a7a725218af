import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { doublingModel } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { runCallable } from './support/run-callable.ts';
import { spawnCallable } from './support/spawn-callable.ts';
import { startNetwork } from './support/start-network.ts';
import { untilTrue } from './support/until-true.ts';

it('a hub that is down is named, and the same command works once it is up', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  const file = join(home.path, 'double.onnx');
  await writeFile(file, doublingModel());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const publish = ['publish', file, '--hub', url];

  const person = await runCallable(publish, { home: home.path });
  expect(person.code).toBe(1);
  expect(person.stdout).toBe('');
  expect(person.stderr).toContain(url);
  expect(person.stderr).toMatch(/run the same command again/);
  const script = await runCallable([...publish, '--json'], { home: home.path });
  expect(script.code).toBe(1);
  expect(script.json).toMatchObject({ error: { code: 'HubUnreachable', message: expect.stringContaining(url) } });

  await using network = await startNetwork({ dataDir: data.path, home: home.path, port });
  const again = await runCallable([...publish, '--json'], { home: home.path });
  expect(again).toMatchObject({ code: 0, json: { callable: true } });
  expect(await network.stop()).toBe(0);
}, 120_000);

it('callable node start says once in words that its hub and gateway are away, and once that they are back', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  await using place = await openTempDir();
  const port = await freePort();
  const places = { dataDir: data.path, home: home.path, port, nodes: 0 };
  const first = await startNetwork(places);
  const words = ['node', 'start', '--hub', first.url, '--data', place.path];
  const node = spawnCallable(words, { home: home.path });
  await untilTrue('a linked node', async () => node.stderr().includes('linked to the gateway'));
  expect(await first.stop()).toBe(0);
  await untilTrue(
    'the word that both are away',
    async () => / gateway \S+ is away/.test(node.stderr()) && node.stderr().includes('The hub is away'),
  );
  await using _again = await startNetwork(places);
  await untilTrue(
    'the word that both are back',
    async () => / gateway \S+ is back/.test(node.stderr()) && node.stderr().includes('The hub is back'),
  );
  node.child.kill('SIGINT');
  const { code, stderr } = await node.ended;
  expect(code).toBe(0);
  expect(stderr.match(/ (?:away|back) /g), stderr).toHaveLength(4);
  expect(stderr).not.toMatch(/"level":[45]0/);
}, 120_000);

/** Free now; the risk that somebody takes it before the test does is small. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
