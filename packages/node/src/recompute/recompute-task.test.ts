import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePrivateKey, type Statement, verifyStatement } from '@callable/protocol';
import { doublingRelease, type NodeHub, type Release, startNodeHub } from '@callable/stand-ins';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningNode, startNode } from '../start-node.ts';

const key = parsePrivateKey('22'.repeat(32))!;
const log = pino({ level: 'silent' });
let dataDir: string;
let hub: NodeHub;
let node: RunningNode | null = null;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callable-node-'));
  hub = await startNodeHub();
});
afterEach(async () => {
  await node?.[Symbol.asyncDispose]();
  node = null;
  await hub[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(settings: { memoryBytes?: number } = {}): Promise<void> {
  node = await startNode({ hubUrl: hub.url, dataDir, key, gateways: [], ...settings }, { log });
}
const publish = ({ manifest, files }: Release) => hub.add(manifest, files);

describe('recomputing', () => {
  const round = '7'.repeat(64);

  test('what a seed hands in is about the same inputs as the reports of the round', async () => {
    await start();
    const release = publish(doublingRelease());
    const recomputed = (await hub.offer('recompute', release, undefined, round)).result.statement as Statement;
    expect(recomputed).toMatchObject({ kind: 'release.recomputed', subject: release });
    expect(verifyStatement(recomputed, Date.now())).toMatchObject({ ok: true });
    expect(recomputed.body).toMatchObject({ ok: true, epoch: 1, round, agrees: true, adjudication: { passed: true } });
    const report = (await hub.offer('validate', release, undefined, round)).result.statement as Statement;
    expect(report.body).toMatchObject({ round, adjudication: recomputed.body.adjudication });
  });

  test('what this node has no room for is a failed task, and no word on the release', async () => {
    await start({ memoryBytes: 100_000_000 });
    const release = publish(doublingRelease({ needs: { memoryBytes: 200_000_000, opset: { 'ai.onnx': 17 } } }));
    const { result } = await hub.offer('recompute', release, undefined, round);
    expect(result).toMatchObject({ statement: null, failed: { reason: 'NoNodeFits' } });
  });
});
