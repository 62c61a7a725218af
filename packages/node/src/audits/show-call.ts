import { createHash } from 'node:crypto';
import { CallableError } from '@callable/protocol';
import { showCall as sendCall } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { encodeCall } from '../kept-calls/kept-call-format.ts';

/** Shows the hub what was asked and answered under a receipt of this node. Throws AnswerNotShown when it is gone. */
export async function showCall(
  { hub, keptCalls }: Pick<NodeContext, 'hub' | 'keptCalls'>,
  receipt: string,
  signal: AbortSignal,
): Promise<void> {
  const call = await keptCalls.find(receipt);
  if (!call)
    throw new CallableError(
      'AnswerNotShown',
      'This node no longer has the call: it is too old, or was dropped for room.',
    );
  const bytes = encodeCall(call);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await sendCall(hub, receipt, { bytes, sha256, signal });
}
