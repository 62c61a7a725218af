import { CallableError, responseOf, type SignedReceipt } from '@callable/protocol';
import { readShownCall } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import type { KeptCall } from '../kept-calls/kept-call.ts';
import { decodeCall } from '../kept-calls/kept-call-format.ts';

/** What a hub may send; it takes no more from a node. Bytes. */
const largestCall = 256 * 1024 * 1024;

/** The call a node has shown, or null when the bytes are no call or not what the receipt signs as its answer. */
export async function readCall(
  { hub }: Pick<NodeContext, 'hub'>,
  id: string,
  receipt: SignedReceipt,
  signal: AbortSignal,
): Promise<KeptCall | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of await readShownCall(hub, id, { signal })) {
    length += part.length;
    if (length > largestCall) throw new CallableError('BodyTooLarge', 'The hub sends more than a call can be.');
    parts.push(part);
  }
  const call = parse(Buffer.concat(parts, length));
  if (!call || (call.encoding !== 'plain' && call.encoding !== 'oip') || !/^[0-9a-f]{64}$/.test(call.salt)) return null;
  return responseOf(receipt, call) === receipt.response ? call : null;
}

function parse(bytes: Buffer): KeptCall | null {
  try {
    const call = decodeCall(bytes);
    return typeof call.salt === 'string' ? call : null;
  } catch {
    // Written by the node that is audited: whatever it is, it shows no call.
    return null;
  }
}
