import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const children = new Set();

/** Runs a program to its end; rejects with what it said when it failed. */
export async function run(program, words, options) {
  const running = promisify(execFile)(program, words, options);
  children.add(running.child);
  try {
    return await running;
  } finally {
    children.delete(running.child);
  }
}

/** Nothing of this machine decides what is measured. */
export const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(CALLABLE_|DATABASE_URL)/.test(name)),
);

/** A checkout of a git ref of its own, nothing installed. */
export async function cloneRef(ref, clone) {
  const { stdout } = await run('git', ['rev-parse', ref], { cwd: root });
  await run('git', ['clone', '-q', '--no-checkout', root, clone]);
  await run('git', ['checkout', '-q', stdout.trim()], { cwd: clone });
}

/** Told to stop, a bench ends what it has started and leaves nothing behind. */
export function stopCleanly(place, endAll = () => undefined) {
  for (const name of ['SIGINT', 'SIGTERM'])
    process.once(name, () => {
      endAll();
      for (const child of children) child.kill();
      // They may write for a moment more.
      rmSync(place, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
      process.exit(1);
    });
}
