import { hash, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signRequest } from '@callable/protocol';
import { createReleaseView, createTestNode, randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import type { GatewayConfig } from '../src/config.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const path = `/v1/run/${release.reference}`;
const body = '{"X":[[1,2]]}';
const key = randomKey();

const start = (config: Partial<GatewayConfig>, clock: () => number) =>
  startTestGateway({ releases: [release], nodes: [createTestNode([release])], config, overrides: { clock } });

function sign(audience: string, issuedAt: number): Record<string, string> {
  const nonce = randomBytes(32).toString('hex');
  const request = { method: 'POST', path, body: hash('sha256', body, 'hex'), nonce, issuedAt };
  return signRequest({ ...request, version: 2, audience }, randomKey());
}

async function send(url: string, headers: Record<string, string>): Promise<string | number> {
  const answer = await fetch(url + path, { method: 'POST', headers, body });
  return ((await answer.json()) as { code?: string }).code ?? answer.status;
}

async function openDirectory(): Promise<AsyncDisposable & { path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-'));
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

test('attack by a listener: a call sent again after a restart of the gateway is a replay, whatever its time says', async () => {
  await using directory = await openDirectory();
  let now = Date.now();
  const config = { key, dataDir: join(directory.path, 'gateway') };
  let first: Record<string, string>;
  let ahead: Record<string, string>;
  {
    await using gateway = await start(config, () => now);
    first = sign(gateway.ctx.address, now);
    ahead = sign(gateway.ctx.address, now + 29_000);
    expect(await send(gateway.url, first)).toBe(200);
    expect(await send(gateway.url, ahead)).toBe(200);
  }
  // What a crash leaves of a line spoils no other line.
  for (const name of await readdir(config.dataDir)) await appendFile(join(config.dataDir, name), '\n0x12');
  now += 20_000;
  await using again = await start(config, () => now);
  expect(await send(again.url, first)).toBe('RequestReplayed');
  expect(await send(again.url, ahead)).toBe('RequestReplayed');
  expect(await send(again.url, sign(again.ctx.address, now - 5_000))).toBe(200);
});

test('nonces are kept as long as they could come again, and no file longer', async () => {
  await using directory = await openDirectory();
  let now = 1_000_000;
  await using gateway = await start({ key, dataDir: directory.path }, () => now);
  for (let minute = 0; minute < 20; minute++) {
    expect(await send(gateway.url, sign(gateway.ctx.address, now))).toBe(200);
    now += 60_000;
  }
  expect((await readdir(directory.path)).length).toBeLessThanOrEqual(7);
});

test('attack by a listener: without a directory nothing signed before the start is taken', async () => {
  let now = Date.now();
  let heard: Record<string, string>;
  {
    await using gateway = await start({ key }, () => now);
    heard = sign(gateway.ctx.address, now);
    expect(await send(gateway.url, heard)).toBe(200);
  }
  now += 1_000;
  await using again = await start({ key }, () => now);
  expect(await send(again.url, heard)).toBe('RequestExpired');
  expect(await send(again.url, sign(again.ctx.address, now))).toBe(200);
});
