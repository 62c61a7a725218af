import type { Address } from '@callable/protocol';
import { type CallableProcess, spawnCallable } from './spawn-callable.ts';
import { untilLine } from './until-line.ts';

export type NodeProcess = { node: Address; process: CallableProcess };

/** A stranger's node as a process of its own; resolves once it has joined. */
export async function startNodeProcess(
  hub: string,
  dataDir: string,
  home: string,
  env: Record<string, string> = {},
): Promise<NodeProcess> {
  const process = spawnCallable(['node', 'start', '--json', '--hub', hub, '--data', dataDir], { home, env });
  const { node } = JSON.parse(await untilLine(process, '"ready":true')) as { node: Address };
  return { node, process };
}
