import { setTimeout as pause } from 'node:timers/promises';
import { CallableError } from '@callable/protocol';
import { createClient, getLog, getNetwork } from '@callable/sdk';
import type { CliContext } from '../context/cli-context.ts';

const patienceMs = 10_000;
const betweenMs = 50;

/** Waits until a network has compared its log, and tells why it takes nothing in; null when it does. */
export async function awaitLog(
  { fetch, clock, signal }: Pick<CliContext, 'fetch' | 'clock' | 'signal'>,
  url: string,
): Promise<CallableError | null> {
  const client = createClient(url, { fetch });
  const until = clock() + patienceMs;
  while (clock() < until && (await getLog(client, { signal })).state === 'starting')
    await pause(betweenMs, null, { signal });
  const { notReady } = await getNetwork(client, { signal });
  return notReady ? new CallableError('LogRolledBack', `This network takes nothing in: ${notReady.message}`) : null;
}
