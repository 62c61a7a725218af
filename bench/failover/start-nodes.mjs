import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startForwardingProxy } from '@callable/stand-ins';
import { publish, sleep, untilCallable } from '../floods/open-target.mjs';
import { env } from '../support/clone-ref.mjs';
import { startServer } from '../support/start-server.mjs';

const networkScript = fileURLToPath(new URL('network.mjs', import.meta.url));

const open = new Set();

/** For a bench that is told to stop: nothing it has started stays. */
export function endAll() {
  for (const { nodes, pid } of open) {
    for (const node of nodes) node.kill('SIGKILL');
    process.kill(pid, 'SIGINT');
  }
}

/** A network of a checkout with so many nodes, processes of their own that all hold one release, y = 2x. */
export async function startNodes(checkout, parent, count) {
  const place = await mkdtemp(join(parent, 'network-'));
  const server = await startServer([networkScript, checkout, join(place, 'network')], env);
  const { url } = server;
  const target = await openTarget(checkout, url);
  const proxies = [];
  const nodes = [];
  const mine = { nodes, pid: server.pid };
  open.add(mine);
  for (let n = 0; n < count; n++) {
    // Of two nodes in one network one would be drawn, and the other would not hold the release.
    const proxy = await startForwardingProxy(url, `203.0.${100 + n}.7`);
    proxies.push(proxy);
    nodes.push(await startNode({ checkout, hub: proxy.url, data: join(place, `node-${n}`) }));
  }
  const reference = await publish(target);
  await untilCallable(target, reference);
  return {
    ...{ url, reference, nodes },
    async stop() {
      for (const node of nodes) node.kill('SIGKILL');
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
      await server.stop();
      open.delete(mine);
    },
  };
}

async function openTarget(checkout, url) {
  const [P, sdk] = await Promise.all(
    ['protocol', 'sdk'].map((name) => import(join(checkout, 'packages', name, 'dist', 'index.js'))),
  );
  const { hub } = await fetch(`${url}/v1/network`).then((answer) => answer.json());
  const newKey = () => P.createPrivateKey((length) => crypto.getRandomValues(new Uint8Array(length)));
  const sign = ({ body, ...fact }, key) => P.signStatement({ ...fact, body: { ...body, hub } }, key);
  return { P, sdk, url, newKey, sign };
}

/** `callable node start` as a process of its own; resolves when it has joined. */
async function startNode(how) {
  const node = { ...(await spawnNode(how)), kill: (signal) => tryKill(node.child, signal) };
  /** After its end: the same node again. */
  node.restart = async () => Object.assign(node, await spawnNode(how));
  node.ended = () => (isEnded(node.child) ? Promise.resolve() : once(node.child, 'exit'));
  return node;
}

async function spawnNode({ checkout, hub, data }) {
  const words = ['packages/cli/bin/callable.js', 'node', 'start', '--json', '--hub', hub, '--data', data];
  const child = spawn(process.execPath, words, {
    cwd: checkout,
    env: { ...env, HOME: data, CALLABLE_PREPARED: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = line.startsWith('{') ? JSON.parse(line) : {};
    if (!said.ready) continue;
    child.stdout.resume();
    return { child, address: said.node };
  }
  throw new Error('A node ended before it had joined.');
}

const isEnded = (child) => child.exitCode !== null || child.signalCode !== null;
const tryKill = (child, signal) => !isEnded(child) && child.kill(signal);

/** A call with inputs of its own; what came of it, with the node that answered. */
export async function callOnce({ url, reference }, n, timeoutMs) {
  const began = performance.now();
  try {
    const response = await fetch(`${url}/v1/run/${reference}`, {
      method: 'POST',
      body: JSON.stringify({ x: [n] }),
      headers: { 'content-type': 'application/json', 'callable-timeout-ms': String(timeoutMs) },
    });
    const { outputs, node, code } = await response.json();
    const ok = response.status === 200 && outputs.y[0] === 2 * n;
    return { ok, code: ok ? null : (code ?? 'WrongAnswer'), node, ms: performance.now() - began };
  } catch (error) {
    return { ok: false, code: error.cause?.code ?? error.name, node: null, ms: performance.now() - began };
  }
}

/** Waits until each of the nodes has answered once, so that all hold the release in memory. */
export async function untilAllAnswer(network) {
  const missing = new Set(network.nodes.map(({ address }) => address));
  const end = performance.now() + 60_000;
  for (let n = 0; missing.size > 0; n += 64) {
    if (performance.now() > end) throw new Error(`${missing.size} of ${network.nodes.length} nodes do not answer.`);
    // Many at once: a node that has answered quickly before is asked first as long as it has nothing to do.
    const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => callOnce(network, n + i, 10_000)));
    for (const { node } of answers) missing.delete(node);
    await sleep(20);
  }
}
