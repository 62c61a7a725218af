import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findProcessesOf } from '../test/find-processes-of.mjs';
import { environmentOf } from './support/spawn-callable.ts';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const config = fileURLToPath(new URL('../test/fixtures/vitest.config.ts', import.meta.url));

/** A run of one test that has started a network and two databases, and will never end. */
async function startRun() {
  const run = spawn(process.execPath, [vitest, 'run', '--config', config], {
    // Beside the directory of this run: its sweep must not be what ends the processes looked for.
    env: { ...environmentOf('/'), TMPDIR: dirname(process.env['CALLABLE_TEST_RUN'] ?? '/tmp/.'), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(run, 'close');
  let said = '';
  for await (const line of createInterface({ input: run.stdout })) {
    said += `${line}\n`;
    const [, worker, directory] = /left by (\d+) in (\S+)/.exec(line) ?? [];
    if (worker === undefined || directory === undefined) continue;
    run.stdout.resume();
    run.stderr.resume();
    return { run, ended, worker: Number(worker), directory };
  }
  throw new Error(`The run ended too early:\n${said}`);
}

it.each(['worker', 'run'] as const)(
  'kill -9 of the %s of a test ends all it started',
  async (what) => {
    const { run, ended, worker, directory } = await startRun();
    const before = await findProcessesOf(directory);
    // Worker, guard, network, node's runner, three databases and their backends.
    expect(before.length).toBeGreaterThan(10);
    process.kill(what === 'worker' ? worker : (run.pid ?? 0), 'SIGKILL');
    await ended;
    await expect.poll(() => findProcessesOf(directory), { timeout: 20_000 }).toEqual([]);
    await expect
      .poll(
        () =>
          access(directory).then(
            () => 'there',
            () => 'gone',
          ),
        { timeout: 20_000 },
      )
      .toBe('gone');
  },
  180_000,
);
