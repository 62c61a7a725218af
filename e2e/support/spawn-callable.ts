import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished, TestRunner } from 'vitest';
import { killTree } from './kill-tree.ts';

export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');
export const callableBin = fileURLToPath(new URL('../../packages/cli/bin/callable.js', import.meta.url));

export type SpawnOptions = {
  /** Where the key of this user is kept: every user of a test has a home of its own. */
  home: string;
  cwd?: string;
  env?: Record<string, string>;
};

export type CallableProcess = {
  pid: number;
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** Resolves once the process has ended and all it said was read. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
};

/** Starts the command line of this checkout as a process of its own. */
export const spawnCallable = (words: readonly string[], options: SpawnOptions): CallableProcess =>
  spawnProgram([callableBin, ...words], options);

/** Starts a program of this checkout, its file first. */
export function spawnProgram(words: readonly string[], { home, cwd, env }: SpawnOptions): CallableProcess {
  const child = spawn(process.execPath, words, {
    cwd: cwd ?? home,
    env: environmentOf(home, { CALLABLE_END_WITH_STDIN: '1', ...env }),
    // The pipe closes with this process, however it ends.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A test that fails or runs out of time never reaches its `await using`.
  if (TestRunner.getCurrentTest()) onTestFinished(() => (hasEnded(child) ? undefined : killTree(child.pid ?? -1)));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  const ended = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  return { pid: child.pid ?? -1, child, stdout: () => stdout, stderr: () => stderr, ended };
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** Nothing of the machine the tests run on may decide what they see: not its keys, its hub, its database. */
export function environmentOf(home: string, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(CALLABLE_|DATABASE_URL|VITEST|NODE_OPTIONS|NODE_ENV|FORCE_COLOR|XDG_STATE_HOME)/.test(name),
  );
  return { ...Object.fromEntries(kept), HOME: home, NO_COLOR: '1', CALLABLE_PREPARED: '1', ...more };
}
