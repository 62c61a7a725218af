import { copyFile, cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Digest, ReleaseView } from '@callable/protocol';
import { createClient, getNetwork, getRelease, listReleases, runModel } from '@callable/sdk';
import { conditionOf, isCallable, untilRelease } from '@callable/stand-ins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { restoreData } from './support/restore-data.ts';
import { runCallable } from './support/run-callable.ts';
import { type NetworkProcess, startNetwork } from './support/start-network.ts';

/** Made by the build of commit 9c4233e: three examples and two releases of a user, one of them yanked. */
const name = 'data-9c4233e';
const fixture = fileURLToPath(new URL(`fixtures/${name}/`, import.meta.url));
const user = '0x98c31b5eed38e794a5eac8dd60fd52a070a9de53';
const examples = '0x582c0888aba2d2e3b0b9a6c170389802befdc2a0';

let place: Awaited<ReturnType<typeof openTempDir>>;
let network: NetworkProcess;
const at = (file: string) => join(place.path, file);
const client = () => createClient(network.url);

beforeAll(async () => {
  place = await openTempDir();
  await mkdir(at('home'));
  await restoreData(name, at('network'));
  await cp(at('network/hub/log'), at('log-of-then'), { recursive: true });
  network = await startNetwork({ dataDir: at('network'), home: at('home') });
});
afterAll(async () => {
  await network?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

it('every release of then is there, and callable again', async () => {
  const { releases } = await listReleases(client(), {});
  const listed = releases.map(({ reference }) => reference).sort();
  expect(listed).toEqual(
    [
      `${examples}/digits@0.1.0`,
      `${examples}/iris@0.1.0`,
      `${examples}/sentiment@0.1.0`,
      `${user}/flowers@0.1.0`,
    ].sort(),
  );
  for (const reference of [...listed, `${user}/withdrawn@0.1.0`]) {
    const view = await untilRelease(client(), reference, isCallable);
    for (const type of ['Uploaded', 'Stored', 'Verified', 'Reachable'] as const)
      expect([reference, type, conditionOf(view, type).status]).toEqual([reference, type, 'True']);
  }
});

it('what was said beside the evidence still stands: alias, label, yank', async () => {
  const view = await getRelease(client(), `${user}/plants`);
  expect(view.reference).toBe(`${user}/flowers@0.1.0`);
  expect(JSON.stringify(view)).toContain('"tested"');
  const withdrawn: ReleaseView = await getRelease(client(), `${user}/withdrawn@0.1.0`);
  expect(JSON.stringify(withdrawn)).toContain('trained on the wrong labels');
});

it('a call by the alias answers what it answered then', async () => {
  const then = JSON.parse(await readFile(join(fixture, 'answer.json'), 'utf8')) as { outputs: object; digest: Digest };
  const now = await runModel(client(), `${user}/plants`, { X: [[5.1, 3.5, 1.4, 0.2]] });
  expect(now).toMatchObject({ outputs: then.outputs, digest: then.digest });
});

it('verify accepts a receipt of then, by the log of then and by that of today, which continues it', async () => {
  await copyFile(join(fixture, 'answer.json'), at('answer.json'));
  const home = { home: at('home') };
  const old = await runCallable(['verify', at('answer.json'), '--log', at('log-of-then'), '--json'], home);
  expect(old.json).toMatchObject({ ok: true, size: 40 });
  const today = await runCallable(['verify', at('answer.json'), '--hub', network.url, '--json'], home);
  expect(today.json).toMatchObject({ ok: true });
  const { findings } = today.json as { findings: { what: string; outcome: string }[] };
  // The first run remembered the checkpoint of then: the log of today must contain it.
  expect(findings).toContainEqual(expect.objectContaining({ what: 'consistency', outcome: 'checked' }));
});

it('the hub names itself a seed now; what was counted then stands until it was asked anew, and nothing goes down', async () => {
  const reference = `${user}/flowers@0.1.0`;
  const { hub, policy } = await getNetwork(client());
  expect(policy).toMatchObject({ rules: 2, seeds: [hub] });
  const seen = new Set<string>();
  const isSaidByASeed = (view: ReleaseView) => {
    const { status, message } = conditionOf(view, 'Verified');
    seen.add(status);
    return message === 'Loaded in isolation and its vectors passed: the word of 1 seed.';
  };
  const view = await untilRelease(client(), reference, isSaidByASeed);
  expect([...seen]).toEqual(['True']);
  expect(isCallable(view)).toBe(true);
  // Whoever folds the whole log, the rules of then first, comes to the same.
  const { code, json } = await runCallable(['verify', reference, '--hub', network.url, '--json'], { home: at('home') });
  expect({ code, json }).toMatchObject({ code: 0, json: { ok: true } });
});
