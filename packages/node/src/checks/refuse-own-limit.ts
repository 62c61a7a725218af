import { CallableError, type Manifest } from '@callable/protocol';
import type { NodeContext } from '../context.ts';
import { memoryLimitOf } from '../replicas/replica.ts';

/** Out of memory within less than a larger node would give says something about this node, not about the release. */
export function refuseOwnLimit({ config }: Pick<NodeContext, 'config'>, manifest: Manifest, reason: string): void {
  const limit = memoryLimitOf(manifest, config.memoryBytes);
  if (reason !== 'OutOfMemory' || limit === memoryLimitOf(manifest, Number.POSITIVE_INFINITY)) return;
  throw new CallableError('NoNodeFits', `The release did not fit in the ${limit} bytes of memory this node has.`);
}
