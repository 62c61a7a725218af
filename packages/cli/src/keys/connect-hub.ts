import type { PrivateKey } from '@callable/protocol';
import { type Client, createClient } from '@callable/sdk';
import type { Given } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { usageError } from '../errors/cli-error.ts';
import { rememberHead } from './remember-head.ts';

const defaultHub = 'http://127.0.0.1:4600';

/** The address of the hub, by option or environment; checked before anything is made or sent. */
export function locateHub({ env }: Pick<CliContext, 'env'>, given: Given): string {
  const url = given.text('hub') ?? (env.CALLABLE_HUB || defaultHub);
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return url;
  throw usageError(`${url} is not the address of a hub.`, `Give one like --hub ${defaultHub}`);
}

/** A client of the hub at this address. Nothing is sent yet. */
export function connectHub(
  context: Pick<CliContext, 'fetch' | 'clock' | 'random' | 'env' | 'cwd'>,
  url: string,
  key: PrivateKey | null,
): Client {
  const { fetch, clock, random } = context;
  return createClient(url, { key, fetch, clock, random, heads: rememberHead(context, url) });
}
