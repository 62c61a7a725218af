/**
 * What reading a call costs: our own reader beside node:http and Fastify with a constant answer, then whole calls through
 * a real gateway with the reader and without. All interleaved in one run; load by `wrk`, which has to be installed.
 *
 *   node scripts/prepare.mjs && node bench/http-floor.mjs [seconds per round] [rounds]
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createDirectLink, startGateway } from '@callable/gateway';
import { takePlainPosts } from '@callable/http';
import { createReleaseView, createTestNode } from '@callable/stand-ins';
import { fastify } from 'fastify';

const self = fileURLToPath(import.meta.url);
const run = promisify(execFile);
const path = '/v1/run/somebody/constant';
const answer = Buffer.from(JSON.stringify({ outputs: 'x'.repeat(1_300) }));
const json = 'application/json; charset=utf-8';

const kinds = {
  'own reader': async () => {
    const server = await listen(createServer());
    takePlainPosts(server, () => async () => ({ status: 200, headers: [['content-type', json]], body: answer }));
    return { port: server.address().port, path };
  },
  'node:http': async () => {
    const server = createServer((request, response) => {
      const pieces = [];
      request.on('data', (piece) => pieces.push(piece));
      request.on('end', () =>
        response.writeHead(200, { 'content-type': json, 'content-length': answer.length }).end(answer),
      );
    });
    return { port: (await listen(server)).address().port, path };
  },
  Fastify: async () => {
    const app = fastify();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.post(path, async (_request, reply) => reply.type(json).send(answer));
    return { port: Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port), path };
  },
  'gateway, own reader': () => serveGateway(true),
  'gateway, node:http': () => serveGateway(false),
};

async function listen(server) {
  server.keepAliveTimeout = 72_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function serveGateway(ownReader) {
  const release = createReleaseView();
  const node = createTestNode([release], {
    announcement: { slots: { used: 0, limit: 64 } },
    answer: async (_, head) => {
      node.calls.length = 0;
      const body = Buffer.from('{"Y":[[1]]}');
      return { head: node.sign(release, head, body), body };
    },
  });
  const gateway = await startGateway(
    { port: 0, anonymousCallsPerMinute: 0, logLevel: 'silent', ownReader },
    {
      releases: { resolve: async () => release },
      reports: { add: () => {}, flush: async () => {}, close: async () => {} },
    },
  );
  gateway.ctx.links.attach(createDirectLink(node));
  return { port: Number(new URL(gateway.url).port), path: `/v1/run/${release.reference}` };
}

/** Serves one kind in a process of its own, and tells its CPU time when asked. */
async function serve(kind) {
  process.send(await kinds[kind]());
  process.on('message', () => process.send(process.cpuUsage()));
}

async function main(seconds, rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'http-floor-'));
  const script = join(folder, 'post.lua');
  const body = `{"X":[[${'1.25,'.repeat(54)}1.5]]}`.padEnd(281);
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = '${body}'\nwrk.headers["Content-Type"] = "application/json"\n`,
  );
  const servers = [];
  for (const kind of Object.keys(kinds)) {
    const child = fork(self, ['serve', kind]);
    const [at] = await once(child, 'message');
    servers.push({ kind, child, url: `http://127.0.0.1:${at.port}${at.path}`, measures: [] });
  }
  for (const connections of [1, 8, 32]) {
    for (const server of servers) server.measures = [];
    for (let round = 0; round < rounds; round++)
      for (const server of servers) server.measures.push(await measure(server, script, connections, seconds));
    print(connections, servers);
  }
  for (const { child } of servers) child.kill();
  rmSync(folder, { recursive: true });
}

async function measure({ child, url }, script, connections, seconds) {
  const before = await cpuOf(child);
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url]);
  const spent = (await cpuOf(child)) - before;
  const answered = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (/Non-2xx|Socket errors/.test(stdout) || !answered) throw new Error(`${url} failed:\n${stdout}`);
  return { rate: answered / seconds, micros: spent / answered };
}

async function cpuOf(child) {
  child.send('cpu');
  const [{ user, system }] = await once(child, 'message');
  return user + system;
}

function print(connections, servers) {
  const medians = servers.map(({ kind, measures }) => {
    const [middle] = measures.toSorted((a, b) => a.micros - b.micros).slice(Math.floor(measures.length / 2));
    return { kind, ...middle };
  });
  console.log(`\n281 bytes of JSON, ${connections} connections (medians)`);
  for (const [index, { kind, rate, micros }] of medians.entries()) {
    const base = medians[index < 3 ? 1 : 4];
    const share = `CPU ${(micros / base.micros).toFixed(2)} of ${base.kind}, rate ${(rate / base.rate).toFixed(2)}`;
    console.log(
      `  ${kind.padEnd(20)} ${rate.toFixed(0).padStart(6)}/s  ${micros.toFixed(1).padStart(6)} µs CPU  (${share})`,
    );
  }
}

if (process.argv[2] === 'serve') await serve(process.argv[3]);
else await main(Number(process.argv[2] ?? 3), Number(process.argv[3] ?? 3));
