import { request } from 'node:http';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openTempDir } from '../../../e2e/support/open-temp-dir.ts';
import { startLocalNetwork } from '../src/index.ts';

const log = pino({ level: 'silent' });

function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => resolve(response.resume().statusCode));
    asked.once('error', reject).end();
  });
}

test('a network with a public URL answers to its name and any page, and tells strangers that its gateway is there', async () => {
  await using data = await openTempDir();
  const options = { dataDir: data.path, port: 0, nodes: 0, log };
  const foreign = { host: 'hub.example', origin: 'https://page.example' };
  {
    await using network = await startLocalNetwork(options);
    expect(await statusOf(`${network.url}/v1/network`, foreign)).toBe(421);
    expect(await statusOf(`${network.url}/v2`, foreign)).toBe(421);
  }
  await using network = await startLocalNetwork({ ...options, publicUrls: ['https://hub.example'] });
  expect(await statusOf(`${network.url}/v1/network`, foreign)).toBe(200);
  expect(await statusOf(`${network.url}/v2`, foreign)).toBe(200);
  const told = (await (await fetch(`${network.url}/v1/network`)).json()) as { gateways: string[] };
  expect(told.gateways).toEqual(['https://hub.example']);
});
