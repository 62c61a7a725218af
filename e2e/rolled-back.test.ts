import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCheckpoint, type ReleaseView } from '@callable/protocol';
import { getLog, listNodes, readLogFile } from '@callable/sdk';
import {
  conditionOf,
  createUser,
  doublingRelease,
  isCallable,
  publishDirectly,
  startForwardingProxy,
  untilRelease,
} from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { runCallable } from './support/run-callable.ts';
import { type CallableProcess, spawnCallable } from './support/spawn-callable.ts';
import { startNetwork } from './support/start-network.ts';
import { startNodeProcess } from './support/start-node-process.ts';
import { untilLine } from './support/until-line.ts';
import { untilTrue } from './support/until-true.ts';

const isReachable = (view: ReleaseView) => conditionOf(view, 'Reachable').status === 'True';
const sizeIn = async (path: string) => parseCheckpoint(await readFile(path, 'utf8').catch(() => ''))?.size ?? 0;

/** A network that is up and says that it is not ready. */
async function startNotReady(dataDir: string, home: string, port: number): Promise<CallableProcess> {
  const words = [
    'up',
    '--json',
    '--data',
    dataDir,
    '--port',
    String(port),
    '--no-examples',
    '--trusted-proxies',
    '127.0.0.1',
  ];
  const up = spawnCallable(words, { home });
  const said = JSON.parse(await untilLine(up, '"ready":'));
  expect(said).toMatchObject({ ready: false, error: { code: 'LogRolledBack' } });
  return up;
}

async function stop(up: CallableProcess): Promise<void> {
  up.child.kill('SIGINT');
  await up.ended;
}

it('recover from a node brings back the entry and signing; what cannot be recovered starts a new log that names the old one', async () => {
  await using home = await openTempDir();
  await using root = await openTempDir();
  const dataDir = join(root.path, 'data');
  const nodeDir = join(root.path, 'elsewhere');
  await mkdir(nodeDir);
  const start = (port = 0) => startNetwork({ dataDir, home: home.path, port, trustedProxies: '127.0.0.1' });

  await (await start()).stop();
  await cp(dataDir, join(root.path, 'copy'), { recursive: true });
  const putBack = async () => {
    await rm(dataDir, { recursive: true });
    await cp(join(root.path, 'copy'), dataDir, { recursive: true });
  };

  const first = await start();
  const port = Number(new URL(first.url).port);
  await using elsewhere = await startForwardingProxy(first.url, '203.0.114.7');
  const node = await startNodeProcess(elsewhere.url, nodeDir, home.path);
  try {
    const publisher = createUser(first.url);
    const release = doublingRelease({ publisher: publisher.address, name: 'double' });
    const { reference } = await publishDirectly(publisher, release);
    await untilRelease(publisher.client, reference, isCallable);
    await first.stop();
    const signed = () => sizeIn(join(dataDir, 'hub', 'log-head'));
    const before = await signed();
    // Everything that was signed is with the node too, or it would follow the hub a last time.
    await using again = await start(port);
    await untilTrue(
      'a node that followed the log',
      async () => (await sizeIn(join(nodeDir, 'log', 'checkpoint'))) >= Math.max(before, await signed()),
    );
    await runCallable(['verify', node.node, '--hub', again.url], { home: home.path });
    await again.stop();
    await putBack();

    const rolledBack = await startNotReady(dataDir, home.path, port);
    const url = first.url;
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/v2/health/ready`)).status).toBe(503);
    const model = fileURLToPath(new URL('../examples/iris/model.onnx', import.meta.url));
    const published = await runCallable(['publish', model, '--hub', url, '--json'], { home: home.path });
    expect(published.code).toBe(1);
    await stop(rolledBack);

    const recovered = await runCallable(['log', 'recover', '--data', dataDir, '--from', nodeDir, '--json'], {
      home: home.path,
    });
    expect(recovered.stdout + recovered.stderr).toContain('"ok":true');
    const whole = await start(port);
    const view = await untilRelease(createUser(whole.url).client, reference, isReachable);
    expect(view.digest).toMatch(/^sha256:/);
    // Nothing that was begun before is left to be said: whether it signs again, something new shows.
    await publishDirectly(publisher, doublingRelease({ publisher: publisher.address, name: 'double-again' }));
    await untilTrue('a head over what is new', async () => ((await getLog(publisher.client)).size ?? 0) > before);
    const verified = await runCallable(['verify', reference, '--hub', whole.url], { home: home.path });
    expect(verified.stdout).not.toContain('two histories');
    await whole.stop();
  } finally {
    node.process.child.kill('SIGINT');
    await node.process.ended;
  }

  await putBack();
  await stop(await startNotReady(dataDir, home.path, port));
  const failed = await runCallable(['log', 'recover', '--data', dataDir], { home: home.path });
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('--give-up') });
  const ended = await runCallable(['log', 'recover', '--data', dataDir, '--give-up'], { home: home.path });
  expect(ended.stdout).toContain('are lost');
  await using successor = await start(port);
  const read = readLogFile(createUser(successor.url).client);
  await untilTrue('a checkpoint of the new log', async () => (await read('checkpoint')) !== null);
  const { nodes } = await listNodes(createUser(successor.url).client);
  const verified = await runCallable(['verify', nodes[0]?.node ?? '', '--hub', successor.url], { home: home.path });
  expect(verified.stdout + verified.stderr).toMatch(/takes the place of callable\/0x[0-9a-f]{40}, which ended at/);
}, 180_000);
