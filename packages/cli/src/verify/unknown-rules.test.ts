import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addressOf,
  bundlePath,
  defaultPolicy,
  encodeBundle,
  encodeEntry,
  GrowingTree,
  hashLeaf,
  parsePrivateKey,
  signStatement,
  tilePath,
} from '@callable/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyLog } from './copy-log.ts';
import { readLog } from './read-log.ts';

const key = parsePrivateKey('1'.repeat(64)) as NonNullable<ReturnType<typeof parsePrivateKey>>;
const hub = addressOf(key);
const say = (kind: string, subject: string, body: Record<string, unknown>, at: number) =>
  encodeEntry({ loggedAt: at, statement: signStatement({ kind, subject, body, issuedAt: at }, key) });
const entries = [
  say('policy.adopted', hub, { policy: defaultPolicy }, 1000),
  say('policy.adopted', hub, { policy: { rules: 99 } }, 1001),
  say('handle.claimed', 'later', { handle: 'later' }, 1002),
];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-rules-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function makeLog() {
  const tree = new GrowingTree();
  for (const entry of entries) tree.append(hashLeaf(entry));
  const root = await tree.root();
  const note = `rules.example/log\n${entries.length}\n${Buffer.from(root).toString('base64')}\n\n— rules.example/log ${Buffer.alloc(68).toString('base64')}\n`;
  const files = new Map<string, Uint8Array>([
    ['checkpoint', new TextEncoder().encode(note)],
    [bundlePath({ index: 0, width: entries.length }), encodeBundle(entries)],
    [tilePath({ level: 0, index: 0, width: entries.length }), Buffer.concat(entries.map((entry) => hashLeaf(entry)))],
  ]);
  const read = async (path: string) => files.get(path) ?? null;
  return { read, checkpoint: { origin: 'rules.example/log', size: entries.length, root }, note };
}

test('verify says from which entry on it cannot compute, and that a newer version can', async () => {
  const { read } = await makeLog();
  const context = { env: { HOME: directory, CALLABLE_HOME: directory }, cwd: directory };
  const { findings, state } = await readLog(context as never, { read, name: 'a copy', client: null } as never, {
    vkey: undefined,
    witnesses: [],
  });
  expect(findings.find(({ what }) => what === 'entries')?.outcome).toBe('checked');
  expect(findings.find(({ what }) => what === 'rules')).toEqual({
    outcome: 'failed',
    what: 'rules',
    detail: expect.stringMatching(/^From entry 1 on .* rules of version 99, .*Use a newer version of callable\.$/),
  });
  expect(state.size).toBe(1);
});

test('log copy copies all of it and tells which entry is the first that cannot be verified', async () => {
  const { read, checkpoint, note } = await makeLog();
  const context = { cwd: directory, signal: new AbortController().signal };
  const copied = await copyLog(context, read, { checkpoint, text: new TextEncoder().encode(note) }, 'copy');
  expect(copied).toEqual({ fetched: 2, kept: 0, unknownRules: { index: 1, rules: '99' } });
});
