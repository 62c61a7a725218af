// Starts a real network with the example models, makes its log grow past a full tile, and has an implementation that is
// not ours verify it: over HTTP, as a plain copy of its files, and with a tampered entry, which must be refused.
// Run after `npm run build`. Needs Go.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createPrivateKey, parseVerifierKey, verifyReceiptProof } from '../../packages/protocol/dist/index.js';
import * as sdk from '../../packages/sdk/dist/index.js';

const here = dirname(fileURLToPath(import.meta.url));
const checkout = join(here, '..', '..');
const go = ['go', '/usr/local/go/bin/go'].find((path) => spawnSync(path, ['version']).status === 0);
if (!go) {
  say('Go 1.25 or newer is needed: the log is verified with golang.org/x/mod/sumdb.');
  process.exit(1);
}

const work = mkdtempSync(join(tmpdir(), 'callable-log-check-'));
const children = [];
try {
  const program = join(work, 'log-check');
  execFileSync(go, ['build', '-o', program, '.'], { cwd: here, stdio: 'inherit' });
  const verify = (...args) => execFileSync(program, args, { stdio: 'inherit' });

  const { url } = await start('up', '--port', '0', '--json', '--data', join(work, 'network'));
  const client = sdk.createClient(url, { key: newKey() });
  const { vkey } = await sdk.getLog(client);
  const older = join(work, 'older-checkpoint');
  writeFileSync(older, await sdk.readLogFile(client)('checkpoint'));

  const calls = [];
  for (const { reference, manifest } of await exampleReleases(client))
    calls.push(await sdk.runModel(client, reference, manifest.vectors[0].inputs));
  let last = 0;
  for (let i = 0; i < 300; i++) last = Math.max(last, (await label(client, `log-check-${i}`)).seq);
  await until(async () => ((await sdk.getLog(client)).size ?? 0) > last);
  verify(vkey, `${url}/log`, older);

  const { hub } = await sdk.getNetwork(client);
  const proofs = await Promise.all(calls.map(({ receipt }) => proofOf(client, receipt)));
  for (const proof of proofs) {
    const verdict = verifyReceiptProof(proof, { hub, log: parseVerifierKey(vkey) });
    if (!verdict.ok) throw new Error(`A receipt is not proven: ${verdict.why}.`);
  }
  say(`receipts: ${proofs.length} proven up to the checkpoint`);

  const copy = join(work, 'copy');
  cpSync(join(work, 'network', 'hub', 'log'), copy, { recursive: true });
  await stopAll();
  say('\na plain copy of the files, with the hub off:');
  verify(vkey, copy, older);

  const bundle = join(copy, 'tile', 'entries', '000');
  const bytes = readFileSync(bundle);
  bytes[bytes.length - 20] ^= 1;
  writeFileSync(bundle, bytes);
  const { status, stderr } = spawnSync(program, [vkey, copy], { encoding: 'utf8' });
  if (status === 0) throw new Error('A tampered entry was accepted.');
  say(`\na tampered entry is refused: ${stderr.trim()}`);
} finally {
  await stopAll();
  rmSync(work, { recursive: true, force: true });
}

/** A `callable` command that says in one line of JSON that it is ready. */
async function start(...args) {
  const child = spawn(process.execPath, [join(checkout, 'packages/cli/bin/callable.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HOME: work, CALLABLE_PREPARED: '1' },
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error(`callable ${args[0]} ended early.`);
}

async function stopAll() {
  for (const child of children.splice(0)) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  }
}

async function exampleReleases(client) {
  const { releases } = await sdk.listReleases(client, { callable: true });
  if (releases.length === 0) throw new Error('No example is callable.');
  return Promise.all(releases.map(({ reference }) => sdk.getRelease(client, reference)));
}

function label(client, handle) {
  const fact = { kind: 'label.attached', subject: handle, body: { label: 'seen', attached: true, note: '' } };
  return sdk.makeStatement({ ...client, key: newKey() }, fact);
}

async function proofOf(client, { batch, seq }) {
  let proof = null;
  await until(async () => {
    proof = await sdk
      .getProofOfCall(client, { session: batch.session, number: seq, node: batch.node })
      .catch((error) => {
        if (error.code === 'ReceiptNotLogged' || error.code === 'ReceiptNotFound') return null;
        throw error;
      });
    return proof !== null;
  });
  return proof;
}

async function until(isDone) {
  for (let i = 0; i < 300; i++) {
    if (await isDone()) return;
    await delay(100);
  }
  throw new Error('It did not happen within 30 seconds.');
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function newKey() {
  return createPrivateKey((length) => randomBytes(length));
}
