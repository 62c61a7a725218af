import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomKey } from '@callable/stand-ins';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { completeSettings, readSettings } from './config.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callable-config-'));
  await writeFile(join(dataDir, 'key'), '11'.repeat(32));
});
afterEach(() => rm(dataDir, { recursive: true }));

const environment = () => ({
  CALLABLE_HUB: 'https://hub.example',
  CALLABLE_DATA: dataDir,
  CALLABLE_KEY_FILE: join(dataDir, 'key'),
});

test('reads from the environment where files come from and go to', () => {
  const sources = {
    CALLABLE_PEER_LISTEN: '0.0.0.0:4701',
    CALLABLE_PEER_URL: 'http://node.example:4701',
    CALLABLE_WALRUS_AGGREGATORS: 'https://a.example, https://b.example,',
    CALLABLE_DISK_BYTES: '1000',
  };
  expect(readSettings({ ...environment(), ...sources })).toMatchObject({
    peerListen: { host: '0.0.0.0', port: 4701 },
    peerUrl: 'http://node.example:4701',
    aggregators: ['https://a.example', 'https://b.example'],
    diskBytes: 1000,
  });
  expect(() => readSettings({ ...environment(), CALLABLE_PEER_LISTEN: 'here' })).toThrow('CALLABLE_PEER_LISTEN is');
});

test('a node that tells others where to come must listen there', () => {
  const key = randomKey();
  const settings = { hubUrl: 'https://hub.example', dataDir, key, peerUrl: 'http://node.example:4701' };
  expect(() => completeSettings(settings)).toThrow('--peer-listen');
  expect(completeSettings({ ...settings, peerListen: { host: '0.0.0.0', port: 4701 } }).peerUrl).toBe(settings.peerUrl);
});
