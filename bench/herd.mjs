// Five cold nodes are asked for one release at once: what it costs the hub, and how long it takes, beside one plain
// transfer of the same bytes in the same run. Nodes are processes of their own; hub and database are in this one.
// After `npm run build`: node bench/herd.mjs [nodes] [megabytes] [rounds]
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endInTime } from '@callable/http';
import { answerUnknownRoutes, defaultHubConfig, registerHub, serverOptions, startHub } from '@callable/hub';
import { addressOf, hexOfDigest } from '@callable/protocol';
import { createClient, getRelease, listHoldings, listNodes, publishRelease } from '@callable/sdk';
import {
  describeRelease,
  lookupFields,
  lookupModel,
  randomKey,
  sendBytes,
  signPublish,
  startForwardingProxy,
} from '@callable/stand-ins';
import { fastify } from 'fastify';
import { pino } from 'pino';

process.env.ORT_DISABLE_TELEMETRY = '1';
const nodes = Number(process.argv[2] ?? 5);
const megabytes = Number(process.argv[3] ?? 200);
const rounds = Number(process.argv[4] ?? 3);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const directory = await mkdtemp(join(tmpdir(), 'callable-herd-'));
const origin = { bytes: 0, firstAt: 0 };
const network = await startOrigin();
const client = createClient(network.url, { key: randomKey() });
const children = [];
const proxies = [];
try {
  await startNode(0);
  const alone = [];
  for (let round = 0; round < rounds; round++) alone.push(await measure(`alone-${round}`, 1));
  for (let number = 1; number < nodes; number++) await startNode(number);
  const herd = [];
  for (let round = 0; round < rounds; round++) herd.push(await measure(`herd-${round}`, nodes));
  print('one cold node', alone);
  print(`${nodes} cold nodes`, herd);
} finally {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(children.map((child) => child.exitCode ?? new Promise((resolve) => child.once('exit', resolve))));
  for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
  await network.close();
  await rm(directory, { recursive: true, force: true });
}

/** A hub that counts the bytes of files it sends. */
async function startOrigin() {
  const log = pino({ level: 'warn' });
  const policy = { ...defaultHubConfig.policy, validators: { draw: nodes, quorum: 1, revealSeconds: 10 } };
  const config = {
    ...defaultHubConfig,
    policy,
    dataDir: join(directory, 'hub'),
    gateways: [],
    port: 0,
    trustedProxies: 1,
  };
  const hub = await startHub(config, { log });
  const server = fastify({ ...serverOptions, loggerInstance: log, disableRequestLogging: true });
  endInTime(server);
  answerUnknownRoutes(server);
  server.addHook('onSend', async (request, _reply, payload) => {
    if (!request.url.startsWith('/v1/files/') || !(payload instanceof Readable)) return payload;
    // Neither the plain transfer nor the hub's own audit, which reads over this route too.
    if (request.headers['x-plain'] !== undefined || request.headers['user-agent']?.startsWith('callable-hub'))
      return payload;
    origin.firstAt ||= performance.now();
    payload.on('data', (piece) => {
      origin.bytes += piece.length;
    });
    return payload;
  });
  await registerHub(server, hub.ctx);
  await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `http://127.0.0.1:${server.server.address().port}`,
    async close() {
      await server.close();
      await hub[Symbol.asyncDispose]();
    },
  };
}

async function startNode(number) {
  const dataDir = join(directory, `node-${number}`);
  await mkdir(dataDir);
  const keyFile = join(dataDir, 'key');
  await writeFile(keyFile, Buffer.from(randomBytes(32)).toString('hex'));
  const main = fileURLToPath(new URL('../packages/node/dist/main.js', import.meta.url));
  // Each in a network of its own: those of one are one voice, and one of them would be drawn.
  const proxy = await startForwardingProxy(network.url, `203.0.${114 + number}.7`);
  proxies.push(proxy);
  const env = {
    ...process.env,
    ...{ CALLABLE_HUB: proxy.url, CALLABLE_DATA: dataDir, CALLABLE_KEY_FILE: keyFile, CALLABLE_GATEWAYS: ',' },
    ...{ CALLABLE_MEMORY_BYTES: '8000000000' },
  };
  children.push(spawn(process.execPath, [main], { env, stdio: process.env.HERD_LOG ? 'inherit' : 'ignore' }));
  for (;;) {
    const { nodes: known } = await listNodes(client);
    if (known.filter((node) => node.connected).length === number + 1) return;
    await pause(50);
  }
}

/** One release of random weights, published and waited for until every node holds it and has loaded it. */
async function measure(name, holders) {
  const { bytes, manifest } = describe(name);
  const file = manifest.files[0];
  await sendBytes(client, bytes);
  const plain = await transferPlainly(file, false);
  const hashed = await transferPlainly(file, true);
  Object.assign(origin, { bytes: 0, firstAt: 0 });
  const cpuBefore = await cpuSeconds();
  const { digest } = await publishRelease(client, { manifest, statement: signPublish(client, manifest) });
  const cached = await Promise.all(children.slice(0, holders).map((__, number) => untilCached(number, digest)));
  const cpu = (await cpuSeconds()) - cpuBefore;
  const warm = await untilWarm(digest, holders);
  await untilVerified(digest);
  return {
    plain,
    hashed,
    cpu: cpu * 1000,
    copies: origin.bytes / file.size,
    firstCached: Math.min(...cached) - origin.firstAt,
    allCached: Math.max(...cached) - origin.firstAt,
    allWarm: warm - origin.firstAt,
  };
}

/** What the same bytes take over the same route to one reader: onto the disk, and with their hash. */
async function transferPlainly(file, isHashed) {
  const begun = performance.now();
  // Through the proxy of a node, as the nodes fetch.
  const response = await fetch(`${proxies[0].url}/v1/files/${file.sha256}`, { headers: { 'x-plain': '1' } });
  const hash = createHash('sha256');
  const source = Readable.fromWeb(response.body);
  if (isHashed) source.on('data', (piece) => hash.update(piece));
  await pipeline(source, createWriteStream(join(directory, 'plain')));
  if (isHashed && hash.digest('hex') !== file.sha256) throw new Error('The plain transfer went wrong.');
  return performance.now() - begun;
}

/** Processor time the nodes have used, all together; on a busy machine it says more than the clock. Linux alone tells. */
async function cpuSeconds() {
  const stats = await Promise.all(children.map(({ pid }) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  const ticks = stats.map((stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' '));
  return ticks.reduce((sum, fields) => sum + Number(fields[11] ?? 0) + Number(fields[12] ?? 0), 0) / 100;
}

async function untilCached(number, digest) {
  const name = `${hexOfDigest(digest)}.json`;
  const manifests = join(directory, `node-${number}`, 'manifests');
  while (!(await readdir(manifests)).includes(name)) await pause(10);
  return performance.now();
}

async function untilWarm(digest, holders) {
  for (;;) {
    const { nodes: known } = await listNodes(client);
    const held = await Promise.all(known.map(({ node }) => listHoldings(client, node)));
    const warm = held.filter(({ holdings }) =>
      holdings.some(({ release, state }) => release === digest && state === 'warm'),
    );
    if (warm.length >= holders) return performance.now();
    await pause(50);
  }
}

/** Validators reveal what they found some time after they held the bytes. */
async function untilVerified(digest) {
  for (;;) {
    const { conditions } = await getRelease(client, digest);
    const verified = conditions.find((condition) => condition.type === 'Verified');
    if (verified.status === 'True') return;
    if (verified.status === 'False') throw new Error(`${verified.reason}: ${verified.message}`);
    await pause(100);
  }
}

function describe(name) {
  const columns = 1000;
  const rows = Math.round((megabytes * 1e6) / (4 * columns));
  const raw = randomBytes(4 * rows * columns);
  const weights = new Float32Array(raw.buffer, raw.byteOffset, rows * columns);
  for (let at = 0; at < columns; at++) weights[at] = at;
  const bytes = lookupModel(rows, columns, { raw });
  const fields = lookupFields(columns, [...weights.subarray(0, columns)]);
  const said = {
    publisher: addressOf(client.key),
    name,
    needs: { memoryBytes: 4 * bytes.length, opset: { 'ai.onnx': 17 } },
  };
  const manifest = describeRelease({ 'model.onnx': bytes }, { ...said, ...fields });
  return { bytes, manifest };
}

function print(title, rows) {
  const at = (stage) => median(rows.map((row) => row[stage]));
  const worst = (stage) => Math.max(...rows.map((row) => row[stage]));
  const ms = (stage) => `${at(stage).toFixed(0).padStart(6)} ms (worst ${worst(stage).toFixed(0)})`;
  const ratio = (stage, of) => (at(stage) / at(of)).toFixed(2);
  console.log(`\n${title}, ${megabytes} MB, ${rows.length} rounds: medians`);
  console.log(`plain transfer          ${ms('plain')}, with sha256 ${ms('hashed')}`);
  console.log(
    `origin egress           ${at('copies').toFixed(3).padStart(6)} copies (worst ${worst('copies').toFixed(3)})`,
  );
  console.log(`first byte to one cached${ms('firstCached')}`);
  console.log(
    `first byte to all cached${ms('allCached')} = ${ratio('allCached', 'plain')} x plain, ${ratio('allCached', 'hashed')} x plain with sha256`,
  );
  console.log(`processor time of nodes ${ms('cpu')} until all cached`);
  console.log(`first byte to all warm  ${ms('allWarm')} = ${ratio('allWarm', 'plain')} x plain`);
}
