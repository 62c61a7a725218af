/**
 * What a gateway costs: calls through a direct link and through a WebSocket link against an echo by bare Fastify,
 * all in one run, because only ratios mean something on a shared machine. Receipts are really signed and checked.
 *
 *   npx tsc -b packages/gateway packages/node && node bench/gateway.mjs [seconds per round]
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createDirectLink, startGateway } from '@callable/gateway';
import { addressOf } from '@callable/protocol';
import { createReleaseView, createTestReceipts, factsOf, randomKey, testSalt } from '@callable/stand-ins';
import { fastify } from 'fastify';
import { dialGateway } from '../packages/node/dist/link/dial-gateway.js';

const self = fileURLToPath(import.meta.url);
async function main(seconds) {
  const release = createReleaseView({ name: 'echo', inputs: [], outputs: [], vectors: [] });
  const echo = await startEcho();
  const direct = await startWithNode(release, (gateway, node) =>
    gateway.ctx.links.attach(createDirectLink({ ...node, gateway: gateway.ctx.address })),
  );
  const socket = await startWithNode(release, (gateway, node) => dial(gateway.url, node));
  const doors = [
    ['bare Fastify echo', `${echo.url}/echo`],
    ['direct link', `${direct.gateway.url}/v1/run/${release.reference}`],
    ['WebSocket link', `${socket.gateway.url}/v1/run/${release.reference}`],
  ];
  for (const [bytes, connections] of [
    [1_024, 1],
    [1_024, 32],
    [200_000, 8],
  ]) {
    const rounds = doors.map(() => []);
    for (let round = 0; round < 3; round++)
      for (const [index, [, url]] of doors.entries())
        rounds[index].push(await measure(url, bytes, connections, seconds));
    print(bytes, connections, doors, rounds.map(median));
  }
  socket.stop.abort();
  for (const { gateway } of [direct, socket]) await gateway[Symbol.asyncDispose]();
  await echo.close();
}

function print(bytes, connections, doors, results) {
  console.log(`\n${bytes} byte bodies, ${connections} connections (median of 3 interleaved rounds)`);
  const [base] = results;
  for (const [index, [name]] of doors.entries()) {
    const { rate, p50, p99 } = results[index];
    const share = `${(rate / base.rate).toFixed(2)} of echo, p50 ×${(p50 / base.p50).toFixed(1)}, p99 ×${(p99 / base.p99).toFixed(1)}`;
    console.log(
      `  ${name.padEnd(18)} ${rate.toFixed(0).padStart(6)} calls/s  p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms  (${share})`,
    );
  }
}

const median = (rounds) => [...rounds].sort((a, b) => a.rate - b.rate)[Math.floor(rounds.length / 2)];

async function measure(url, bytes, connections, seconds) {
  const child = fork(self, ['load', url, String(bytes), String(connections), String(seconds)]);
  const results = [];
  child.on('message', (result) => results.push(result));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The load on ${url} failed.`);
  return results[0];
}

/** In a process of its own, so that making requests does not slow down answering them. */
async function load(url, bytes, connections, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
  const body = Buffer.from(JSON.stringify({ X: 'x'.repeat(Number(bytes) - 8) }));
  const times = [];
  const post = () =>
    new Promise((resolve, reject) => {
      const sending = request(
        url,
        { agent, method: 'POST', headers: { 'content-type': 'application/json' } },
        async (response) => {
          const answer = await response.setEncoding('utf8').toArray();
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${url} answered ${response.statusCode}: ${answer.join('').slice(0, 300)}`));
        },
      );
      sending.on('error', reject).end(body);
    });
  for (let warm = 0; warm < 100; warm++) await post();
  const until = performance.now() + Number(seconds) * 1000;
  await Promise.all(
    Array.from({ length: Number(connections) }, async () => {
      while (performance.now() < until) {
        const startedAt = performance.now();
        await post();
        times.push(performance.now() - startedAt);
      }
    }),
  );
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))];
  process.send({ rate: times.length / Number(seconds), p50: at(0.5), p99: at(0.99) });
  process.disconnect();
}

async function startEcho() {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 64 * 1024 * 1024 }, (_request, body, done) =>
    done(null, body),
  );
  app.post('/echo', async (message, reply) => reply.type('application/json').send(message.body));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => app.close() };
}

async function startWithNode(release, join) {
  const gateway = await startGateway(
    { port: 0, anonymousCallsPerMinute: 0, logLevel: 'silent' },
    {
      releases: { resolve: async () => release },
      reports: { add: () => {}, flush: async () => {}, close: async () => {} },
    },
  );
  const node = createNode(release);
  const stop = join(gateway, node);
  while (gateway.ctx.links.size === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return { gateway, stop };
}

function dial(url, node) {
  const stop = new AbortController();
  const silent = () => {};
  void dialGateway({
    ...node,
    url,
    clock: Date.now,
    random: (length) => randomBytes(length),
    onAnnouncementChange: () => silent,
    signal: stop.signal,
    log: { info: silent, warn: silent },
  });
  return stop;
}

/** Echoes the body as its outputs, with a real receipt. */
function createNode(release) {
  const key = randomKey();
  const node = addressOf(key);
  const receipts = createTestReceipts(key);
  const announced = {
    slots: { used: 0, limit: 64 },
    holdings: [{ release: release.digest, state: 'warm' }],
    draining: false,
    session: receipts.id,
  };
  return {
    key,
    node,
    announcement: () => announced,
    find: (digest) => (digest === release.digest ? announced.holdings[0] : null),
    openReceipts: receipts.open,
    answerCall: async (head, body) => ({
      head: {
        ok: true,
        salt: testSalt,
        runMs: 0,
        facts: factsOf(release, head, body),
      },
      body,
    }),
  };
}

if (process.argv[2] === 'load') await load(...process.argv.slice(3));
else await main(Number(process.argv[2] ?? 2));
