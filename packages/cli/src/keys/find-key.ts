import { join } from 'node:path';
import { type PrivateKey, parsePrivateKey } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { CliError } from '../errors/cli-error.ts';
import { locateHome } from './locate-home.ts';
import { makeOwnKey } from './make-own-key.ts';
import { readOwnKey } from './read-own-key.ts';

export type FoundKey = {
  key: PrivateKey;
  /** Where it is kept; null when it came from CALLABLE_KEY. */
  path: string | null;
  /** True when it did not exist before. */
  made: boolean;
};

type KeyContext = Pick<CliContext, 'env' | 'cwd' | 'random'>;

/** The key of this user: CALLABLE_KEY, else the key file, else none. */
export async function findKey(context: KeyContext): Promise<PrivateKey | null> {
  return keyOfEnvironment(context.env) ?? (await readOwnKey(keyPath(context)));
}

/** The key of this user, made on first use. */
export async function findOrMakeKey(context: KeyContext): Promise<FoundKey> {
  const given = keyOfEnvironment(context.env);
  if (given) return { key: given, path: null, made: false };
  const path = keyPath(context);
  return { ...(await makeOwnKey(context, path)), path };
}

const keyPath = (context: KeyContext) => join(locateHome(context), 'key');

function keyOfEnvironment(env: CliContext['env']): PrivateKey | null {
  const text = env.CALLABLE_KEY;
  if (text === undefined || text === '') return null;
  const key = parsePrivateKey(text);
  if (key) return key;
  throw new CliError('KeyInvalid', 'CALLABLE_KEY does not hold a key.', 'Set it to 64 hex digits, or unset it.');
}
