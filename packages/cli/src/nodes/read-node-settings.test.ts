import { expect, it } from 'vitest';
import { testContext } from '../../test/test-context.ts';
import { parseArguments } from '../arguments/parse-arguments.ts';
import { nodeStartCommand } from '../commands/node-start.ts';
import { runCommand } from '../main.ts';
import { nodeOptions, readNodeSettings } from './read-node-settings.ts';

const read = (...words: string[]) => readNodeSettings(parseArguments(nodeStartCommand, words));

it('leaves to the node what was not given', async () => {
  expect(await read('--data', 'x')).toEqual({});
});

it('reads every flag the help shows', async () => {
  const words = {
    memory: '8G',
    disk: '100G',
    slots: '3',
    gateways: 'https://a.example, https://b.example',
    'peer-listen': '[::1]:4701',
    'peer-url': 'https://node.example:4701',
    'peer-scope': 'private',
    'peer-rate': '20M',
    aggregators: 'https://aggregator.example/base,http://127.0.0.1:9',
    'refuse-licenses': 'CC-BY-NC-4.0, none',
    'refuse-labels': 'unsafe',
    operator: '0x2b5ad5c4795c026514f8317c7a215e218dccd6cf',
  } satisfies Record<keyof typeof nodeOptions, string>;
  expect(await read(...Object.entries(words).flatMap(([name, text]) => [`--${name}`, text]))).toEqual({
    memoryBytes: 8 * 2 ** 30,
    diskBytes: 100 * 2 ** 30,
    slots: 3,
    gateways: ['https://a.example', 'https://b.example'],
    peerListen: { host: '::1', port: 4701 },
    peerUrl: 'https://node.example:4701',
    peerScope: 'private',
    peerBytesPerSecond: 20 * 2 ** 20,
    aggregators: ['https://aggregator.example/base', 'http://127.0.0.1:9'],
    refuse: { licenses: ['CC-BY-NC-4.0', 'none'], labels: ['unsafe'] },
    operator: '0x2b5ad5c4795c026514f8317c7a215e218dccd6cf',
  });
  expect(await read('--peer-listen', 'off')).toEqual({ peerListen: null });
});

it.each([
  ['memory', 'much'],
  ['disk', '0'],
  ['slots', '0'],
  ['gateways', 'gateway.example'],
  ['peer-listen', '4701'],
  ['peer-listen', 'here:70000'],
  ['peer-url', 'https://node.example/path'],
  ['peer-scope', 'everywhere'],
  ['peer-rate', '-1'],
  ['aggregators', 'https://a.example,file:///etc/passwd'],
  ['aggregators', 'https://me:secret@a.example'],
])('--%s %s is used wrongly, and nothing is begun', async (name, text) => {
  const context = testContext();
  expect(await runCommand(context, ['node', 'start', '--data', '/nowhere/at/all', `--${name}=${text}`])).toBe(2);
  expect(context.err.text()).toContain(`--${name}`);
});

it('the help shows every flag', async () => {
  const context = testContext();
  await runCommand(context, ['node', 'start', '--help']);
  for (const name of Object.keys(nodeOptions)) expect(context.out.text()).toContain(`--${name} `);
});
