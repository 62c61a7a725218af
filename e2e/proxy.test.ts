import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type LocalNetwork, startLocalNetwork } from '@callable/local';
import { addressOf, type PrivateKey, toHex } from '@callable/protocol';
import { createClient, makeStatement, runModel } from '@callable/sdk';
import { createUser, doublingRelease, isCallable, publishDirectly, randomKey, untilRelease } from '@callable/stand-ins';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { checkout, environmentOf } from './support/spawn-callable.ts';

let place: Awaited<ReturnType<typeof openTempDir>>;
let network: LocalNetwork;
let reference: string;
const key = randomKey();
const caller = addressOf(key);
beforeAll(async () => {
  place = await openTempDir();
  await mkdir(join(place.path, 'home'));
  network = await startLocalNetwork({ dataDir: join(place.path, 'network'), port: 0, log: pino({ level: 'silent' }) });
  const user = createUser(network.url);
  const release = doublingRelease({ publisher: user.address });
  ({ reference } = await publishDirectly(user, release));
  await untilRelease(user.client, reference, isCallable);
}, 180_000);
afterAll(async () => {
  await network?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const home = () => join(place.path, 'home');

async function startProxy(...words: string[]) {
  const env = environmentOf(home(), { CALLABLE_HUB: network.url, CALLABLE_KEY: toHex(key) });
  const bin = join(checkout, 'packages/cli/bin/callable.js');
  const child = spawn(process.execPath, [bin, 'proxy', '--port', '0', '--json', ...words], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  // One document on one line: it is ready.
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url, receipts } = JSON.parse(line) as { url: string; receipts: string };
  return {
    url,
    receipts,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const body = '{"x":[21]}';
const callerOf = async (answer: Response) => ((await answer.json()) as { receipt: { caller: string } }).receipt.caller;

/** As a browser sends it: fetch of Node would not set these two. */
function send(url: string, headers: Record<string, string>): Promise<{ status: number; code: unknown }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const path = `/v1/run/${reference}`;
    const asked = ask({ hostname, port, path, method: 'POST', headers }, async (answer) => {
      let text = '';
      for await (const piece of answer) text += piece;
      resolve({ status: answer.statusCode ?? 0, code: JSON.parse(text).code });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

it('curl, fetch and a client of the Open Inference Protocol call through the proxy: the calls are signed, receipts kept', async () => {
  await using proxy = await startProxy();
  // Not spawnSync: the gateway is in this process.
  const { stdout } = await promisify(execFile)('curl', ['-s', `${proxy.url}/v1/run/${reference}`, '-d', body]);
  expect(JSON.parse(stdout)).toMatchObject({ outputs: { y: [42] }, receipt: { caller } });
  const infer = `/v2/models/${reference.split('@')[0]}/infer`;
  const tensor = { name: 'x', datatype: 'FP32', shape: [1], data: [21] };
  const answer = await fetch(proxy.url + infer, { method: 'POST', body: JSON.stringify({ inputs: [tensor] }) });
  expect([answer.status, await answer.json()]).toMatchObject([200, { outputs: [{ data: [42] }] }]);
  const receipt = JSON.parse(Buffer.from(answer.headers.get('callable-receipt') ?? '', 'base64url').toString());
  expect(receipt.caller).toBe(caller);
  const headers = { accept: 'text/event-stream' };
  const events = await fetch(`${proxy.url}/v1/run/${reference}`, { method: 'POST', body, headers });
  expect(await events.text()).toMatch(/event: end\ndata: .*"receipt"/);
  // What is no call passes unsigned, and a refusal as it is.
  expect((await fetch(`${proxy.url}/v2/health/ready`)).status).toBe(200);
  expect((await fetch(`${proxy.url}/v2/health/live`, { method: 'HEAD' })).status).toBe(200);
  const wrong = await fetch(`${proxy.url}/v1/run/${reference}`, { method: 'POST', body: '{"z":[1]}' });
  expect([wrong.status, ((await wrong.json()) as { code: string }).code]).toEqual([422, 'InvalidInput']);
  await expect.poll(async () => (await readdir(proxy.receipts)).length).toBe(3);
  for (const name of await readdir(proxy.receipts)) {
    const kept = JSON.parse(await readFile(join(proxy.receipts, name), 'utf8'));
    expect(kept).toMatchObject({ receipt: { caller }, salt: expect.stringMatching(/^[0-9a-f]{64}$/) });
  }
}, 60_000);

it('attack: a page of another origin calls through the proxy, or one that is shown by the proxy itself', async () => {
  await using proxy = await startProxy();
  for (const origin of ['https://evil.example', 'null', 'http://localhost:3000', proxy.url])
    expect(await send(proxy.url, { origin, 'content-type': 'text/plain' })).toEqual({
      status: 403,
      code: 'PageRefused',
    });
}, 30_000);

it('attack: DNS rebinding, a name of a stranger that leads to this machine', async () => {
  await using proxy = await startProxy();
  for (const host of ['evil.example', 'evil.example:4620', '127.0.0.1.evil.example', 'me@127.0.0.1', '192.168.1.7'])
    expect(await send(proxy.url, { host })).toEqual({ status: 421, code: 'HostNotServed' });
  expect((await send(proxy.url, { host: 'localhost:4620' })).status).toBe(200);
}, 30_000);

it('attack: the proxy signs nothing but calls, and passes nothing on but the data plane', async () => {
  await using proxy = await startProxy();
  for (const path of ['/v1/statements', '/v1/releases', '/', '/v1/run/%2e%2e/statements', '/v2/./x', '/v1/gateways'])
    expect((await fetch(proxy.url + path, { method: 'POST', body })).status).toBe(404);
}, 30_000);

it('another user of the machine is refused without the token', async () => {
  const file = join(place.path, 'token');
  await using proxy = await startProxy('--token', file);
  const token = (await readFile(file, 'utf8')).trim();
  expect(await send(proxy.url, {})).toEqual({ status: 401, code: 'ProxyTokenMissing' });
  expect(await send(proxy.url, { authorization: `Bearer ${token}x` })).toMatchObject({ status: 401 });
  expect(await send(proxy.url, { authorization: `Bearer ${token}` })).toMatchObject({ status: 200 });
}, 30_000);

it('a body beyond the limit is refused before it is held', async () => {
  await using proxy = await startProxy('--no-receipts');
  const answer = await fetch(`${proxy.url}/v1/run/${reference}`, { method: 'POST', body: Buffer.alloc(33 * 2 ** 20) });
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'BodyTooLarge']);
}, 30_000);

it('attack: a delegate calls after its revocation, with another scope, out of time, or in the name of who named its principal', async () => {
  const [owner, delegate, second] = [randomKey(), randomKey(), randomKey()];
  const principal = addressOf(owner);
  const let_ = (by: PrivateKey, to: PrivateKey, scopes: string[], forMs = 3600_000) =>
    makeStatement(createClient(network.url, { key: by }), {
      kind: 'key.delegated',
      subject: addressOf(by),
      body: { key: addressOf(to), scopes, notBefore: 0, notAfter: Date.now() + forMs },
    });
  const call = (by: PrivateKey, name = principal) =>
    runModel(createClient(network.url, { key: by, onBehalfOf: name }), reference, { x: [21] }).then(
      ({ receipt }) => ('caller' in receipt ? receipt.caller : null),
      (error: { code: string }) => error.code,
    );
  expect(await call(delegate)).toBe('DelegationMissing');
  await let_(owner, delegate, ['publish', 'operate']);
  await expect.poll(() => call(delegate), { timeout: 4_000 }).toBe('DelegationMissing');
  await let_(owner, delegate, ['call']);
  await let_(delegate, second, ['call']);
  await expect.poll(() => call(delegate), { timeout: 10_000 }).toBe(addressOf(delegate));
  await expect.poll(() => call(second, addressOf(delegate)), { timeout: 10_000 }).toBe(addressOf(second));
  expect(await call(second)).toBe('DelegationMissing');

  const file = join(place.path, 'delegate.key');
  await writeFile(file, toHex(delegate), { mode: 0o600 });
  {
    await using proxy = await startProxy('--key', file, '--on-behalf-of', principal, '--relies');
    const answer = await fetch(`${proxy.url}/v1/run/${reference}`, { method: 'POST', body });
    expect(await callerOf(answer)).toBe(addressOf(delegate));
  }
  const fact = { kind: 'key.revoked' as const, subject: principal, body: { key: addressOf(delegate) } };
  await makeStatement(createClient(network.url, { key: owner }), fact);
  await expect.poll(() => call(delegate), { timeout: 10_000 }).toBe('DelegationMissing');
  const brief = randomKey();
  await let_(owner, brief, ['call'], 8_000);
  await expect.poll(() => call(brief), { timeout: 7_500 }).toBe(addressOf(brief));
  await expect.poll(() => call(brief), { timeout: 10_000 }).toBe('DelegationMissing');
}, 60_000);
