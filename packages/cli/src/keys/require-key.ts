import type { PrivateKey } from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { CliError } from '../errors/cli-error.ts';
import { findKey } from './find-key.ts';

/** The key of this user; a new one would have no say in what already exists. Throws KeyMissing. */
export async function requireKey(context: Pick<CliContext, 'env' | 'cwd' | 'random'>): Promise<PrivateKey> {
  const key = await findKey(context);
  if (key) return key;
  throw new CliError(
    'KeyMissing',
    'There is no key here to sign with.',
    'Set CALLABLE_HOME or CALLABLE_KEY to the key that published the release, or to one it has delegated to.',
  );
}
