import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { clientAddressOf, type TrustedProxies } from '@callable/http';
import { type LocalNetwork, startLocalNetwork } from '@callable/local';
import { type RunningNode, startNode } from '@callable/node';
import { addressOf, defaultPolicy } from '@callable/protocol';
import { createClient, listNodes, readFile, runModel } from '@callable/sdk';
import {
  doublingRelease,
  isCallable,
  publishDirectly,
  randomKey,
  sendBytes,
  sha256,
  type User,
  untilRelease,
} from '@callable/stand-ins';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchFromAddress } from './support/fetch-from-address.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { missingProxy, type ProxyName, type RunningProxy, startProxy, untoldNginx } from './support/start-proxy.ts';

const log = pino({ level: 'silent' });
/** Only Linux gives a machine all of 127.0.0.0/8, so that proxies see several addresses. */
const isElsewhere = process.platform !== 'linux' ? 'Only Linux has addresses of loopback to send from.' : null;

describe.each<ProxyName>(['nginx', 'caddy'])('behind a real %s, set up as docs/operations.md says', (name) => {
  const missing = isElsewhere ?? missingProxy(name);
  if (missing && process.env.CI) throw new Error(missing);
  if (missing) console.warn(`\n!! Nothing is tried behind ${name}. ${missing}\n`);

  let data: Awaited<ReturnType<typeof openTempDir>>;
  let network: LocalNetwork;
  let proxy: RunningProxy;
  let node: RunningNode;
  beforeAll(async () => {
    if (missing) return;
    data = await openTempDir();
    const options = {
      dataDir: join(data.path, 'network'),
      port: 0,
      nodes: 0,
      trustedProxies: 1,
      hub: { policy: { ...defaultPolicy, seeds: [] } },
      log,
    };
    network = await startLocalNetwork(options);
    proxy = await startProxy(name, network.url, join(data.path, name));
    const settings = { hubUrl: proxy.url, dataDir: join(data.path, 'node'), key: randomKey(), gateways: [proxy.url] };
    node = await startNode(settings, { log });
    await node.joined;
  }, 120_000);
  afterAll(async () => {
    if (missing) return;
    await node[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
    await data[Symbol.asyncDispose]();
  });

  const userAt = (address: string): User => {
    const key = randomKey();
    return {
      key,
      address: addressOf(key),
      client: createClient(proxy.url, { key, fetch: fetchFromAddress(address) }),
    };
  };
  /** Published from there, and the time until it can be called, milliseconds. */
  async function publish(user: User, named: string): Promise<{ reference: string; ms: number }> {
    const began = performance.now();
    const { reference } = await publishDirectly(user, doublingRelease({ publisher: user.address, name: named }));
    await untilRelease(user.client, reference, isCallable);
    return { reference, ms: performance.now() - began };
  }
  const keylessCall = (from: string, reference: string, headers: Record<string, string> = {}) =>
    fetchFromAddress(from, headers)(`${proxy.url}/v1/run/${reference}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ x: [21] }),
    });

  it.skipIf(missing)(
    'an honest user uploads, publishes, follows and calls; a node works through it',
    async () => {
      const user = userAt('127.0.0.2');
      // More than nginx takes unless it is told to.
      await sendBytes(user.client, randomBytes(5_000_000));
      const { reference, ms } = await publish(user, 'honest');
      const { outputs } = await runModel(user.client, reference, { x: [21] });
      expect(outputs).toEqual({ y: [42] });
      const { nodes } = await listNodes(user.client);
      expect(nodes.map((one) => [one.node, one.connected])).toEqual([[node.address, true]]);
      expect(user.client.way.mostBytes).toBe(Number.POSITIVE_INFINITY);
      console.info(`Behind ${name} a release is callable ${Math.round(ms)} ms after its upload began.`);
    },
    120_000,
  );

  const onNginx = name === 'nginx' ? it.skipIf(missing) : null;
  onNginx?.(
    'behind an nginx that was told nothing, chunks of 4 MiB arrive in pieces of 1 MiB, without a pause',
    async () => {
      await using untold = await startProxy('nginx', network.url, join(data.path, 'untold'), untoldNginx);
      const client = createClient(untold.url, { key: randomKey() });
      const began = performance.now();
      const bytes = randomBytes(6_000_000);
      await sendBytes(client, bytes);
      expect(client.way.mostBytes).toBe(2 ** 20);
      const stored = await readFile(client, sha256(bytes));
      expect(Buffer.from(await new Response(stored).arrayBuffer()).equals(bytes)).toBe(true);
      console.info(`Behind nginx as it comes 6 MB arrive in ${Math.round(performance.now() - began)} ms.`);
    },
    60_000,
  );

  it.skipIf(missing)(
    'attack: forged X-Forwarded-For changes nobody, and a class of thirty calls twice a minute each',
    async () => {
      const { reference } = await publish(userAt('127.0.0.3'), 'lesson');
      const began = performance.now();
      const forged = ['198.51.100.1', '127.0.0.1', '127.0.0.9, 10.0.0.1', 'junk', '[::1]:80', 'x, , 203.0.114.7:1'];
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          keylessCall('127.0.0.4', reference, { 'x-forwarded-for': forged[n % forged.length] ?? '' }),
        ),
      );
      const ms = performance.now() - began;
      expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
      expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual(
        answers.map(() => expect.objectContaining({ outputs: { y: [42] } })),
      );
      const least = answers.map(({ headers }) => Number(/;r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]));
      // Each counted, whatever it said: a minute's worth but for what comes back meanwhile.
      expect(Math.min(...least)).toBeLessThanOrEqual(Math.ceil(ms / 1000));
      const others = await keylessCall('127.0.0.5', reference, { 'x-forwarded-for': '127.0.0.4' });
      expect(others.headers.get('ratelimit')).toMatch(/^"anonymous";r=59;/);
      console.info(`Behind ${name} the sixty calls of a class took ${Math.round(ms)} ms.`);
    },
    120_000,
  );
});

it.skipIf(isElsewhere ?? missingProxy('nginx') ?? missingProxy('caddy'))(
  'attack: behind nginx behind Caddy a client invents neither of two hops, told as a number or by name',
  async () => {
    await using data = await openTempDir();
    const trusted: [string, TrustedProxies][] = [
      ['/number', 2],
      ['/names', ['127.0.0.1', '10.0.0.0/8']],
      ['/one', 1],
    ];
    const server = createServer((request, response) =>
      response.end(clientAddressOf(request, new Map(trusted).get(request.url ?? '') ?? 0)),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await using inner = await startProxy('nginx', urlOf(server), join(data.path, 'inner'));
    await using outer = await startProxy('caddy', inner.url, join(data.path, 'outer'));
    const seen = async (path: string, said?: string) => {
      const headers = said === undefined ? {} : { 'x-forwarded-for': said };
      return (await fetchFromAddress('127.0.0.7', headers)(`${outer.url}${path}`)).text();
    };
    for (const path of ['/number', '/names'])
      for (const said of [undefined, '198.51.100.1', '198.51.100.1, 127.0.0.1', 'junk', '10.0.0.7, 10.0.0.8'])
        expect([path, said, await seen(path, said)]).toEqual([path, said, '127.0.0.7']);
    // With one too few the outer proxy is who asks, for everybody: a mistake that gives nobody room.
    expect(await seen('/one', '198.51.100.1')).toBe('127.0.0.1');
    server.close();
  },
);

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
