import type { PrivateKey } from '@callable/protocol';
import { type Client, createClient } from '@callable/sdk';
import type { Given } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { usageError } from '../errors/cli-error.ts';

export const defaultHub = 'http://127.0.0.1:4600';

/** A client of the hub that the options or the environment name. Nothing is sent yet. */
export function connectHub(
  context: Pick<CliContext, 'env' | 'fetch' | 'clock' | 'random'>,
  given: Given,
  key: PrivateKey | null,
): Client {
  const url = given.text('hub') ?? (context.env.CALLABLE_HUB || defaultHub);
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:'))
    throw usageError(`${url} is not the address of a hub.`, `Give one like --hub ${defaultHub}`);
  const { fetch, clock, random } = context;
  return createClient(url, { key, fetch, clock, random });
}
