import { CallableError, parseAddress, parseHandle, type UsageView } from '@callable/protocol';
import { type Client, getUsage } from '@callable/sdk';
import { checkReference } from '../arguments/check-reference.ts';
import { usageError } from '../errors/cli-error.ts';

type Asked = { text: string | undefined; as: 'publisher' | 'node' | null };
type Ways = { days: number; signal: AbortSignal };

/**
 * The figures of what was named. A key may publish, run a node or do both: without a word which is meant, the one that
 * had any use is shown, the publisher before the node, and `other` is the one that is not shown.
 */
export async function findUsage(
  client: Client,
  { text, as }: Asked,
  ways: Ways,
): Promise<{ usage: UsageView; other: 'publisher' | 'node' | null }> {
  const only = async (of: Parameters<typeof getUsage>[1]) => ({
    usage: await getUsage(client, of, ways),
    other: null,
  });
  if (text === undefined) {
    if (as === null) return only({});
    throw usageError(`--${as} needs the ${as} it is about.`, `callable usage 0x… --${as}`);
  }
  const address = parseAddress(text);
  const handle = parseHandle(text);
  if (as === 'node') {
    if (address) return only({ node: address });
    throw usageError(`${text} is not the address of a node.`, 'Find one with callable nodes.');
  }
  if (handle || (as === 'publisher' && address)) return only({ publisher: text });
  if (as === 'publisher')
    throw usageError(`${text} is neither an address nor a handle.`, 'A publisher is an address 0x… or a handle.');
  if (!address) return only({ release: checkReference(text) });
  const [publisher, node] = await Promise.all([
    getUsage(client, { publisher: address }, ways),
    getUsage(client, { node: address }, ways).catch(noneOf('NodeNotFound')),
  ]);
  if (node === null) return { usage: publisher, other: null };
  return hadUse(publisher) || !hadUse(node) ? { usage: publisher, other: 'node' } : { usage: node, other: 'publisher' };
}

const hadUse = ({ claimed, failed, cut }: UsageView) => claimed + failed + cut > 0;

const noneOf = (code: string) => (error: unknown) => {
  if (error instanceof CallableError && error.code === code) return null;
  throw error;
};
