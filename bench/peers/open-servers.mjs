import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openTarget, sleep } from '../floods/open-target.mjs';
import { publishModel } from '../support/call-models.mjs';
import { root } from '../support/clone-ref.mjs';
import { installPeer, peerEnv } from './install-peers.mjs';

const started = new Set();

/** For a bench that is told to stop. Killed, it closes their stdin, and they end by themselves. */
export function endAll() {
  for (const stop of started) stop();
}

/**
 * The servers that are measured, by name: which process tree is theirs, the path of each model at a door of theirs, and
 * which body it takes there. Peers have one process and one thread for a model.
 */
export async function openServers({ models, peers, baseline, place }) {
  const files = [];
  for (const { name, bytes } of models) {
    files.push(`${name}=${join(place, `${name}.onnx`)}`);
    await writeFile(join(place, `${name}.onnx`), bytes);
  }
  const servers = [];
  for (const [label, checkout] of [['callable', root], ...(baseline ? [['baseline', baseline]] : [])])
    servers.push(...(await openNetwork({ label, checkout, models, place })));
  for (const peer of peers) servers.push(await openPeer(peer, files));
  return servers;
}

async function openNetwork({ label, checkout, models, place }) {
  const target = await openTarget(checkout, join(place, label));
  const stop = () => target.stop();
  started.add(stop);
  const references = new Map();
  for (const model of models) references.set(model.name, await publishModel(target, model));
  const door = (door, body, path) => ({
    ...{ name: `${label} ${door}`, pid: target.pid, body, stop },
    url: (model) => target.url + path(references.get(model)),
  });
  return [
    door('/v1/run', 'plain', (reference) => `/v1/run/${reference}`),
    door('/v2', 'oip', (reference) => `/v2/models/${reference}/infer`),
  ];
}

async function openPeer(name, files) {
  const python = await installPeer(name);
  const port = await freePort();
  const script = fileURLToPath(new URL(`serve_${name}.py`, import.meta.url));
  const child = spawn(python, [script, String(port), ...files], { env: peerEnv, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => undefined);
  const stop = () => child.kill('SIGKILL');
  started.add(stop);
  const base = `http://127.0.0.1:${port}`;
  await untilReady(child, name, name === 'fastapi' ? `${base}/ready` : `${base}/v2/health/ready`);
  const path = (model) => (name === 'fastapi' ? `/run/${model}` : `/v2/models/${model}/infer`);
  return { name, pid: child.pid, body: name === 'fastapi' ? 'plain' : 'oip', url: (model) => base + path(model), stop };
}

async function untilReady(child, name, url) {
  for (let tries = 0; tries < 1200; tries++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it was ready.`);
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await sleep(100);
  }
  throw new Error(`${name} is not ready after two minutes.`);
}

/** Two in a row: one peer has a second door beside its first. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
