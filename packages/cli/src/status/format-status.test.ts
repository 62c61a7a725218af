import type { ReleaseView } from '@callable/protocol';
import { expect, it } from 'vitest';
import { captureOutput } from '../../test/test-context.ts';
import { changedLines } from './changed-lines.ts';
import { formatStatus } from './format-status.ts';

const now = 1_700_000_000_000;
const ago = (ms: number) => new Date(now - ms).toISOString();
const by = `0x${'cd'.repeat(20)}` as const;
const statement = `sha256:${'ab'.repeat(32)}`;
const digest = `sha256:${'12'.repeat(32)}`;

const broken = {
  reference: 'acme/iris@1.2.0',
  digest,
  callable: false,
  alias: 'acme/stable',
  manifest: {
    ...{ publisher: 'acme', name: 'iris', inputs: [], summary: 'Tells three kinds of iris apart.' },
    outputs: [{ name: 'y', shape: [-1], description: 'which of three kinds it is' }],
    vectors: [{ name: 'example', inputs: {} }],
  },
  conditions: [
    {
      type: 'Verified',
      status: 'False',
      reason: 'VectorFailed',
      message: 'Vector setosa gave another output: label was 2 and not 0, on 2 of 3 nodes.',
      next: 'publisher: Publish a new version.',
      lastTransitionTime: ago(7_500_000),
      lastCheckTime: ago(60_000),
      evidence: [statement, statement],
    },
  ],
  notices: {
    yanked: { note: 'bad\u001b[2J labels', since: ago(1000), statement },
    deprecated: { note: '', successor: 'acme/iris2', since: ago(1000), statement },
    refused: { by, scopes: ['calls'], note: 'court order 12', since: ago(2000), statement },
  },
  labels: [
    {
      subject: digest,
      label: 'malware',
      by,
      note: 'reads files',
      since: ago(3000),
      expiresAt: null,
      statement,
      followed: false,
    },
  ],
  verification: {
    drawn: 3,
    quorum: 2,
    epoch: 4,
    own: 1,
    auditClass: 'tolerance',
    findings: [{ code: 'NonDeterministic', severity: 'warn', reports: 2 }],
    reports: [
      {
        node: by,
        ok: false,
        reason: 'VectorFailed',
        message: 'label',
        runtime: 'onnxruntime-node 1.30.0',
        at: ago(7_500_000),
        statement,
      },
    ],
  },
  lastWorking: { reference: 'acme/iris@1.1.0', digest },
  blobs: [{ path: 'model.onnx', sha256: '00', blobId: 'Fe6iM76dW8oJYDUvcu1vnPhYDRPiotGfAaPLQHjQ9fo' }],
} as unknown as ReleaseView;

const hub = 'http://127.0.0.1:4600';

it('says what broke, when, with which runtime, what to do and what still works', () => {
  const text = formatStatus(broken, captureOutput(), { now, hub }).join('\n');
  expect(text).toContain('✗ Verified    False VectorFailed for 2h 5m');
  expect(text).toContain('checked 1m ago · 2 statements');
  expect(text).toContain('next: publisher: Publish a new version.');
  expect(text).toContain(`${hub}/reasons/VectorFailed`);
  expect(text).toContain(`VectorFailed 2h 5m ago on ${by} with onnxruntime-node 1.30.0: label`);
  expect(text).toMatch(/last working +acme\/iris@1\.1\.0/);
  expect(text).toContain('0 of 3 nodes, 1 of them the hub’s own · quorum 2 · epoch 4');
  expect(text).toContain('NonDeterministic (warning, 2 of 1)');
  expect(text).toContain('within a tolerance');
});

it('says whether anybody but the model itself answered its example', () => {
  const text = (view: ReleaseView) => formatStatus(view, captureOutput(), { now, hub }).join('\n');
  expect(text(broken)).toMatch(/example +the model itself answered it: .*nobody has said that the answer is right/);
  const { manifest } = broken;
  const [vector] = manifest.vectors;
  const told = { ...manifest, vectors: [{ ...vector, expected: ['y'] }] } as typeof manifest;
  expect(text({ ...broken, manifest: told })).toMatch(/example +the publisher’s framework answered it/);
});

it('says what publisher, hub and others say', () => {
  const text = formatStatus(broken, captureOutput(), { now, hub }).join('\n');
  expect(text).toContain('refused by this hub');
  expect(text).toContain(`calls · by the hub ${by}, 2.0 s ago: court order 12`);
  expect(text).toContain(`it answers to acme/iris@${digest}`);
  expect(text).toContain('successor    acme/iris2');
  expect(text).toContain('no reason given');
  expect(text).toContain(`malware by ${by} (not followed by this hub), 3.0 s ago: reads files`);
  expect(text).toContain('Fe6iM76dW8oJYDUvcu1vnPhYDRPiotGfAaPLQHjQ9fo model.onnx');
  expect(text).toContain('acme/stable means this release');
});

it('fits a terminal of 80 columns, but for what is one word', () => {
  const lines = formatStatus(broken, captureOutput({ isTerminal: true }), { now, hub });
  for (const line of lines) if (line.trim().includes(' ')) expect(line.length, line).toBeLessThan(80);
});

it('attack: text of strangers moves no cursor', () => {
  const text = formatStatus(broken, captureOutput(), { now, hub }).join('\n');
  expect(text).not.toContain('\u001b');
});

it('a hub that knows nothing of notices, labels and panels is shown as well', () => {
  const { notices: _, labels: __, verification: ___, blobs: ____, lastWorking: _____, alias: ______, ...old } = broken;
  expect(formatStatus(old, captureOutput(), { now, hub })[2]).toBe('  not callable');
});

it('tells on a pipe only what changed', () => {
  const output = captureOutput();
  expect(changedLines(broken, broken, output, now)).toEqual([]);
  const [condition] = broken.conditions;
  const good = {
    ...broken,
    callable: true,
    notices: { yanked: null, deprecated: null, refused: null },
    conditions: [{ ...condition, status: 'True', reason: 'VectorsPassed', message: 'Passed.' }],
  } as unknown as ReleaseView;
  expect(changedLines(broken, good, output, now).map((line) => line.trim())).toEqual([
    'notices      all taken back',
    expect.stringContaining('✓ Verified   True    VectorsPassed'),
    'now          acme/iris@1.2.0 is callable',
  ]);
});

it('says of a model that throws dice that its vector proves little', () => {
  const vectors = [{ name: 'v', inputs: {}, outputs: {}, checks: 'signature', rtol: 0, atol: 0 }];
  const view = { ...broken, manifest: { ...broken.manifest, vectors } } as unknown as ReleaseView;
  expect(formatStatus(view, captureOutput(), { now, hub }).join('\n')).toContain('proves only that it answers');
});

it('says how far it is documented, and what adds what is missing', () => {
  const shown = formatStatus(broken, captureOutput(), { now, hub: 'http://hub' }).join('\n');
  expect(shown).toMatch(/documented +3 of 5/);
  expect(shown).toContain('Nobody says what the open axes of "y" count.');
  expect(shown).toContain('callable publish FILE --version NEXT --license Apache-2.0');
});
