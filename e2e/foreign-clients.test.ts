import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { type NetworkProcess, startNetwork } from './support/start-network.ts';

/** Null where it can be run; else why not. In CI that is a failure, never a skip. */
function missing(program: string, words: string[], has: RegExp, how: string): string | null {
  const { stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (has.test(`${stdout}${stderr}`)) return null;
  const reason = `${program} is not installed, or too old (Debian: apt-get install ${how}).`;
  if (process.env.CI) throw new Error(reason);
  console.warn(`\n!! One client is not tried. ${reason}\n`);
  return reason;
}
const noJava = missing('java', ['--version'], /\b(1[1-9]|[2-9]\d)\./, 'default-jdk-headless');
const noCurl = missing('curl', ['--version'], /HTTP2/, 'curl');

let home: Awaited<ReturnType<typeof openTempDir>>;
let network: NetworkProcess;
beforeAll(async () => {
  home = await openTempDir();
  network = await startNetwork({ dataDir: `${home.path}/data`, home: home.path, nodes: 0 });
}, 120_000);
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

/** Of hub and gateway, with what plain HTTP/1.1 gets there. */
const asked = [
  ['GET', '/v1/network', 200],
  ['GET', '/v2/health/live', 200],
  ['POST', '/v1/uploads', 400],
  ['POST', '/v1/run/nobody/nothing', 404],
  ['POST', '/v2/models/nobody%2Fnothing/infer', 404],
] as const;

it.skipIf(noJava)(
  "Java's default client, which offers h2c with every request, is answered like any other",
  () => {
    const program = fileURLToPath(new URL('fixtures/clients/AskTwice.java', import.meta.url));
    const words = asked.map(([method, path]) => `${method} ${network.url}${path}`);
    const { stdout, stderr } = spawnSync('java', ['-XX:TieredStopAtLevel=1', program, ...words], { encoding: 'utf8' });
    const answers = stdout.trim().split('\n');
    expect([stderr, answers.map((line) => line.replace(/ \d+$/, ''))]).toEqual([
      '',
      asked.flatMap(([, , status]) => [`HTTP_1_1 ${status}`, `HTTP_1_1 ${status}`]),
    ]);
    expect(answers.filter((line) => line.endsWith(' 0'))).toEqual([]);
  },
  60_000,
);

it.skipIf(noCurl)('curl --http2 is answered as HTTP/1.1', () => {
  for (const [method, path, status] of asked) {
    const body = method === 'POST' ? ['--json', '{"x":[21]}'] : [];
    const words = [
      '-s',
      '--http2',
      '-w',
      '\n%{http_version} %{http_code} %{size_download}',
      ...body,
      network.url + path,
    ];
    const { stdout } = spawnSync('curl', words, { encoding: 'utf8' });
    expect(stdout).toMatch(new RegExp(`\n1\\.1 ${status} [1-9]\\d*$`));
  }
});

it('a body in a packet of its own behind an offer keeps no socket: the network stops at once', async () => {
  const { hostname, port } = new URL(network.url);
  const answers = await Promise.all(
    ['h2c', 'websocket'].map(async (protocol) => {
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }).setNoDelay(true);
      let said = '';
      socket.setEncoding('utf8').on('data', (piece) => {
        said += piece;
      });
      const head = `POST /v2/models/a/b/infer HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
      await new Promise((sent) => socket.write(`${head}Content-Length: 2\r\n\r\n`, sent));
      // Late enough that the server has read the headers alone.
      await fetch(`${network.url}/healthz`);
      socket.end('{}');
      await once(socket, 'close');
      return said.split('\r\n')[0];
    }),
  );
  expect(answers).toEqual(['HTTP/1.1 404 Not Found', 'HTTP/1.1 404 Not Found']);
  const began = performance.now();
  expect(await network.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(15_000);
}, 60_000);
