import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { longestPieceBytes, piecesAhead } from '../channel/messages.ts';
import type { RuntimeRow } from '../runtime-row.ts';
import { createRunnerPool } from './create-runner-pool.ts';

/** A runner that does not wait for credit: the body of a call says how many pieces it sends, and of which size. */
const greedy = `
  import { sendReport, takeOrder } from ${JSON.stringify(new URL('../../dist/runners/channel.js', import.meta.url).href)};
  sendReport({ type: 'ready', version: '1' });
  for (let order = takeOrder(); order; order = takeOrder()) {
    if (order.head.type === 'load') sendReport({ type: 'loaded', shapes: {} });
    if (order.head.type !== 'run') continue;
    const { count, size } = JSON.parse(order.body.toString());
    for (let sent = 0; sent < count; sent++) sendReport({ type: 'piece' }, Buffer.alloc(size));
    sendReport({ type: 'ran', inputDigest: '', outputDigest: '', runMs: 0 }, Buffer.from('{}'));
  }`;

let root: string;
let pool: ReturnType<typeof createRunnerPool>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'callable-greedy-'));
  const runner = join(root, 'greedy.mjs');
  await writeFile(runner, greedy);
  const row: RuntimeRow = {
    runner,
    streams: true,
    emptyRunnerBytes: 4 * 1024 ** 3,
    describe: async (_source, version) => ({
      ...{ runtime: 'greedy', version, binarySha256: '0'.repeat(64), threads: 1 },
      ...{ arch: '', node: process.version, settings: {} },
    }),
  };
  pool = createRunnerPool({ engine: 'greedy', runtimes: { greedy: row }, directory: root });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

async function load() {
  const limits = { memoryBytes: 256 * 2 ** 20, loadMs: 20_000, runMs: 20_000 };
  const verdict = await pool.load({ digest: 'sha256:0', directory: root, entry: '', inputs: [], outputs: [], limits });
  if (!verdict.ok) throw new Error(verdict.message);
  return verdict.model;
}

const call = (count: number, size = 3) => ({
  encoding: 'plain' as const,
  body: new TextEncoder().encode(JSON.stringify({ count, size })),
  salt: new Uint8Array(32),
});

it.each([
  ['one more than its credit', call(piecesAhead + 1), true],
  ['one longer than a piece may be', call(1, longestPieceBytes + 1), true],
  ['one nobody asked for', call(1), false],
])('attack: a runner that sends %s is killed, its call fails and the next is answered', async (_, order, takes) => {
  await using model = await load();
  const { pid } = model;
  let taken = 0;
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const onPiece = () => {
    taken++;
    return gate;
  };
  const verdict = await model.run(order, { deadlineMs: 20_000, ...(takes ? { onPiece } : {}) });
  open();
  expect(verdict).toMatchObject({ ok: false, reason: 'RunnerDied', message: expect.stringContaining('no credit') });
  expect(taken).toBeLessThanOrEqual(1);
  expect(await model.run(call(0), { deadlineMs: 20_000 })).toMatchObject({ ok: true });
  expect([model.deaths, model.pid === pid]).toEqual([1, false]);
});

it('a runner that sends all its credit at once is not killed', async () => {
  await using model = await load();
  const pieces: number[] = [];
  const onPiece = (piece: Uint8Array) => void pieces.push(piece.length);
  const verdict = await model.run(call(piecesAhead, longestPieceBytes), { deadlineMs: 20_000, onPiece });
  expect([verdict.ok, pieces.length, model.deaths]).toEqual([true, piecesAhead, 0]);
});
