import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { doublingModel } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { runCallable } from './support/run-callable.ts';
import { startNetwork } from './support/start-network.ts';

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

/** Free now; the risk that somebody takes it before the test does is small. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
