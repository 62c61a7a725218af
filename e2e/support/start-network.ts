import { setTimeout as delay } from 'node:timers/promises';
import type { Address } from '@callable/protocol';
import { type FoundProcess, findProcesses } from './find-processes.ts';
import { killTree } from './kill-tree.ts';
import { type CallableProcess, spawnCallable } from './spawn-callable.ts';
import { untilLine } from './until-line.ts';

export type NetworkProcess = AsyncDisposable & {
  url: string;
  nodes: { node: Address; pid: number }[];
  dataDir: string;
  process: CallableProcess;
  /** Ctrl-C; resolves with the exit code once the process has ended. */
  stop(): Promise<number | null>;
  /** kill -9 of the process and of everything it started, or of the process alone, which leaves orphans behind. */
  kill(what: 'tree' | 'process'): Promise<void>;
  /** What still runs that has to do with its data; waits a little for those that are about to end. */
  leftovers(): Promise<FoundProcess[]>;
};

type NetworkOptions = {
  dataDir: string;
  home: string;
  port?: number;
  /** As `--trusted-proxies` takes them. */
  trustedProxies?: string;
  /** Publish the example models as a first start does. */
  examples?: boolean;
  /** As `--nodes` takes them. */
  nodes?: number;
};

/** A whole network as a user starts it, in a process tree of its own; resolves when calls are possible. */
export async function startNetwork({
  dataDir,
  home,
  port = 0,
  trustedProxies,
  examples,
  nodes = 1,
}: NetworkOptions): Promise<NetworkProcess> {
  const words = ['up', '--json', '--data', dataDir, '--port', String(port), ...(examples ? [] : ['--no-examples'])];
  if (nodes !== 1) words.push('--nodes', String(nodes));
  if (trustedProxies !== undefined) words.push('--trusted-proxies', trustedProxies);
  const process = spawnCallable(words, { home });
  const ready = JSON.parse(await untilLine(process, '"ready":true')) as Pick<NetworkProcess, 'url' | 'nodes'>;
  const hasEnded = () => process.child.exitCode !== null || process.child.signalCode !== null;
  return {
    ...ready,
    dataDir,
    process,
    async stop() {
      process.child.kill('SIGINT');
      const { code, stderr } = await process.ended;
      // A code alone tells nobody what failed while everything was closed.
      if (code !== 0) console.error(`\n!! The network ended with ${code}:\n${stderr.slice(-4000)}\n`);
      return code;
    },
    async kill(what) {
      if (what === 'tree') await killTree(process.pid);
      else process.child.kill('SIGKILL');
      await process.ended;
    },
    async leftovers() {
      const until = Date.now() + 5000;
      for (;;) {
        const found = await findProcesses(dataDir);
        if (found.length === 0 || Date.now() > until) return found;
        await delay(50);
      }
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded()) await killTree(process.pid);
      for (const { pid } of await findProcesses(dataDir)) killOne(pid);
    },
  };
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
