import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPlace } from './find-place.ts';

/**
 * A temporary directory of its own for the run, and a guard that ends whatever has to do with it when the run ends,
 * also by SIGKILL. What other runs and other programs keep in the machine's directory is none of a test's business.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const before = process.env['TMPDIR'];
  // A short name: addresses of Unix sockets below it have 107 bytes at most.
  const run = await mkdtemp(join(await realpath(await findPlace()), 'callable-'));
  // Some tests start programs as another user, who must get through to what is theirs.
  await chmod(run, 0o711);
  const program = fileURLToPath(new URL('guard.mjs', import.meta.url));
  const guard = spawn(process.execPath, [program, run, String(process.pid)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Ctrl-C in a terminal goes to the whole group; the guard is needed just then.
    detached: true,
  });
  await once(guard.stdout, 'data');
  guard.stdout.on('data', (words: Buffer) => process.stdout.write(words));
  process.env['TMPDIR'] = run;
  process.env['CALLABLE_TEST_RUN'] = run;
  return async () => {
    const ended = once(guard, 'close');
    guard.stdin.end();
    await ended;
    delete process.env['CALLABLE_TEST_RUN'];
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  };
}
