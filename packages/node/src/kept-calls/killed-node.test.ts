import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openKeptCalls } from './open-kept-calls.ts';

const options = { windowMs: 600_000, diskBytes: 500e6, clock: Date.now, log: { warn: console.warn } };
const idOf = (n: number) => n.toString(16).padStart(8, '0').padEnd(64, '0');
const built = new URL('../../dist/kept-calls/open-kept-calls.js', import.meta.url).href;
/** Keeps calls of many sizes without end, and says the number of each once it could be shown. */
const script = `
  const { openKeptCalls } = await import(${JSON.stringify(built)});
  const [directory, from] = process.argv.slice(1);
  const kept = await openKeptCalls(directory, { windowMs: 600_000, diskBytes: 500e6, clock: Date.now, log: { warn: console.error } });
  const idOf = ${idOf};
  for (let n = Number(from); ; n++) {
    const body = Buffer.alloc([10, 700, 30_000, 100_000][n % 4], n);
    kept.keep({ receipt: idOf(n), release: 'sha256:' + 'a'.repeat(64), encoding: 'plain', salt: 'b'.repeat(64), at: Date.now(), inputs: body, outputs: body });
    if (n % 16 !== 15) continue;
    await kept.find(idOf(n));
    console.log(n);
  }`;

test('attack: a node that is killed while it writes shows every call that it could show before, start after start', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'callable-killed-'));
  try {
    let shown = -1;
    for (let start = 0; start < 4; start++) {
      const from = shown + 1;
      const node = spawn(process.execPath, ['--input-type=module', '-e', script, directory, String(from)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(node, 'exit');
      for await (const line of createInterface(node.stdout)) {
        shown = Number(line);
        // In the midst of the writes of the next calls.
        if (shown >= from + 64) node.kill('SIGKILL');
      }
      expect((await exit)[1]).toBe('SIGKILL');
      await using kept = await openKeptCalls(directory, options);
      for (let n = 0; n <= shown; n++) {
        const call = await kept.find(idOf(n));
        expect(call?.inputs.length, `call ${n} of ${shown}`).toBe([10, 700, 30_000, 100_000][n % 4]);
        expect(call?.outputs.every((byte) => byte === n % 256)).toBe(true);
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
