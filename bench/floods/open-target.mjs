import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { doublingModel } from '@callable/stand-ins';
import { env } from '../support/clone-ref.mjs';

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A network of a checkout, and what a stranger needs to talk to it: the checkout's own protocol and client. */
export async function openTarget(checkout, directory, args = []) {
  const [P, sdk] = await Promise.all(
    ['protocol', 'sdk'].map((name) => import(join(checkout, 'packages', name, 'dist', 'index.js'))),
  );
  const child = spawn(
    process.execPath,
    ['packages/cli/bin/callable.js', 'up', '--json', '--data', directory, '--port', '0', '--no-examples', ...args],
    // It ends with its stdin: a bench that is killed leaves none behind.
    { cwd: checkout, env: { ...env, CALLABLE_END_WITH_STDIN: '1' }, stdio: ['pipe', 'pipe', 'ignore'] },
  );
  child.stdin.on('error', () => undefined);
  const url = await readyUrl(child);
  const newKey = () => P.createPrivateKey((length) => randomBytes(length));
  // In the body, where builds of before take it for a member they do not know.
  const { hub } = await fetch(`${url}/v1/network`).then((answer) => answer.json());
  const sign = ({ body, ...fact }, key) => P.signStatement({ ...fact, body: { ...body, hub } }, key);
  const target = { P, sdk, url, directory, pid: child.pid, newKey, sign };
  return {
    ...target,
    megabytes: () => megabytesOf(child.pid),
    publish: (fields, by) => publish(target, fields, by),
    signed: (key, path, body, headers) => signed(target, key, path, body, headers),
    untilCallable: (reference) => untilCallable(target, reference),
    kill: () => child.kill('SIGKILL'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      const kill = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(kill);
    },
  };
}

async function readyUrl(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const said = line.startsWith('{') ? JSON.parse(line) : {};
    if (said.ready) {
      child.stdout.resume();
      return said.url;
    }
  }
  throw new Error('The network ended before it was ready.');
}

/** Memory of the one process that is hub, gateway and node's front; Linux alone tells. */
function megabytesOf(pid) {
  return Math.round((Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024) / 1e6);
}

/** A release of y = 2x, or of other bytes with their own fields, under a key of its own, from an address a proxy tells. */
export async function publish(
  { P, sdk, url, newKey, sign },
  { name = 'victim', salt = 0, bytes, ...fields } = {},
  { key = newKey(), from } = {},
) {
  const client = sdk.createClient(url, { key, ...(from ? { fetch: fetchFrom(from) } : {}) });
  const model = bytes ?? doublingModel({ salt });
  const pieces = cut(model, P.chunkBytes);
  const file = { size: model.length, sha256: sha256(model), chunks: pieces.map(sha256) };
  const spec = (tensor) => ({ name: tensor, datatype: 'FP32', shape: [-1] });
  const manifest = {
    ...{ schema: 'callable.manifest/v1', publisher: P.addressOf(key), name, version: '1.0.0', format: 'onnx' },
    ...{ entry: 'model.onnx', files: [{ path: 'model.onnx', ...file }], inputs: [spec('x')], outputs: [spec('y')] },
    vectors: [{ name: 'one', inputs: { x: [1] }, outputs: { y: [2] }, rtol: 1e-5, atol: 1e-6 }],
    ...{ needs: { memoryBytes: 5e7, opset: { 'ai.onnx': 17 } }, price: null, ...fields },
  };
  const upload = await sdk.createUpload(client, { files: [file] });
  for (const chunk of upload.missing) await sdk.sendChunk(client, upload.id, chunk, pieces[chunk.index]);
  await sdk.completeUpload(client, upload.id);
  const body = { publisher: manifest.publisher, name, version: manifest.version };
  const fact = { kind: 'release.published', subject: P.digestJson(manifest), body, issuedAt: Date.now() };
  await sdk.publishRelease(client, { manifest, statement: sign(fact, key) });
  return `${manifest.publisher}/${name}@1.0.0`;
}

const cut = (bytes, size) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));

const fetchFrom = (address) => (url, init) =>
  fetch(url, { ...init, headers: { ...init?.headers, 'x-forwarded-for': address } });

export async function untilCallable({ url }, reference, limitMs = 120_000) {
  const end = Date.now() + limitMs;
  while (Date.now() < end) {
    const view = await fetch(`${url}/v1/releases/${reference}`).then((answer) => answer.json());
    if (view.callable) return;
    await sleep(50);
  }
  throw new Error(`${reference} is not callable after ${limitMs / 1000} s.`);
}

const clients = new Map();

/** A signed POST of a JSON body. Each build's own client knows what its servers want signed. */
async function signed({ sdk, url }, key, path, body, headers = {}) {
  const client = clients.get(key) ?? sdk.createClient(url, { key });
  clients.set(key, client);
  const toGateway = path.startsWith('/v1/run/');
  const options = {
    ...{ method: 'POST', bytes: new TextEncoder().encode(body), sign: true },
    ...{ toGateway, audience: toGateway ? 'gateway' : 'hub' },
    headers: { 'content-type': 'application/json', ...headers },
  };
  try {
    const answer = await sdk.sendRequest(client, path, options);
    await answer.text();
    return { status: answer.status, code: undefined };
  } catch (error) {
    return { status: error.status, code: error.code };
  }
}
