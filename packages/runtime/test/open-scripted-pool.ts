import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunnerPool, type RunnerPoolOptions } from '../src/pool/create-runner-pool.ts';
import type { LoadedModel } from '../src/runtime.ts';
import type { RuntimeRow } from '../src/runtime-row.ts';

/** A pool whose runners do what a script says with `order` of each call; they load anything. */
export async function openScriptedPool(
  onRun: string,
  { streams, ...options }: Pick<RuntimeRow, 'streams'> & Pick<RunnerPoolOptions, 'scratch'>,
) {
  const root = await mkdtemp(join(tmpdir(), 'callable-scripted-'));
  const runner = join(root, 'scripted.mjs');
  const channel = new URL('../dist/runners/channel.js', import.meta.url).href;
  await writeFile(
    runner,
    `import { sendReport, takeOrder } from ${JSON.stringify(channel)};
    const zeros = '0'.repeat(64);
    sendReport({ type: 'ready', version: '1' });
    for (let order = takeOrder(); order; order = takeOrder()) {
      if (order.head.type === 'load') sendReport({ type: 'loaded', shapes: {} });
      if (order.head.type !== 'run') continue;
      ${onRun}
    }`,
  );
  const row: RuntimeRow = {
    runner,
    streams,
    emptyRunnerBytes: 4 * 1024 ** 3,
    describe: async (_source, version) => ({
      ...{ runtime: 'scripted', version, binarySha256: '0'.repeat(64), threads: 1 },
      ...{ arch: '', node: process.version, settings: {} },
    }),
  };
  const pool = createRunnerPool({ engine: 'scripted', runtimes: { scripted: row }, directory: root, ...options });
  return {
    async load(): Promise<LoadedModel> {
      const limits = { memoryBytes: 256 * 2 ** 20, loadMs: 20_000, runMs: 20_000 };
      const of = { digest: 'sha256:0', directory: root, entry: '', inputs: [], outputs: [], limits } as const;
      const verdict = await pool.load(of);
      if (!verdict.ok) throw new Error(verdict.message);
      return verdict.model;
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}
