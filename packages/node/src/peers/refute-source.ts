import { CallableError, signStatement } from '@callable/protocol';
import { findAudience, submitStatement } from '@callable/sdk';
import type { Refutation } from '../cache/fetch-parts.ts';
import type { NodeContext } from '../context.ts';

/** Tells the network, under this node's key, that a source sent bytes with another hash than the file's. */
export async function refuteSource(
  { hub, key, clock, log }: Pick<NodeContext, 'hub' | 'key' | 'clock' | 'log'>,
  { source, ...found }: Refutation,
  signal: AbortSignal,
): Promise<void> {
  const named = source?.node ?? originOf(source?.url ?? hub.baseUrl);
  log.warn({ ...found, source: named }, 'a source sent wrong bytes');
  try {
    // An aggregator has no address of its own; its URL without a path, which may be the operator's secret, names it.
    const address = await findAudience(hub, 'hub', signal);
    const subject = source === null ? address : (source.node ?? originOf(source.url));
    const body = { ...found, source: originOf(source?.url ?? hub.baseUrl).slice(0, 200) };
    const fact = { kind: 'source.refuted', subject, body, issuedAt: clock(), hub: address };
    await submitStatement(hub, signStatement(fact, key), { signal });
  } catch (error) {
    // The fetch goes on without that source; that others hear of it is worth one attempt.
    log.warn({ reason: error instanceof CallableError ? error.message : String(error) }, 'not reported');
  }
}

const originOf = (url: string) => new URL(url).origin;
