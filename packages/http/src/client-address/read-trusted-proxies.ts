import { CallableError, ownMember } from '@callable/protocol';
import { parseTrustedProxies, type TrustedProxies } from './trusted-proxies.ts';

/**
 * The proxies of `CALLABLE_<ROLE>_TRUSTED_PROXIES`. Throws RequestInvalid also while `CALLABLE_<ROLE>_TRUST_PROXY` is set,
 * which believed the leftmost entry: going on without it in silence would make all clients one.
 */
export function readTrustedProxies(
  env: Readonly<Record<string, string | undefined>>,
  role: 'HUB' | 'GATEWAY',
): TrustedProxies {
  const [name, former] = [`CALLABLE_${role}_TRUSTED_PROXIES`, `CALLABLE_${role}_TRUST_PROXY`];
  if (!['', '0', undefined].includes(ownMember(env, former)))
    throw new CallableError(
      'RequestInvalid',
      `${former} is no more: set ${name} to the number of proxies in front (1 for one), or to their addresses.`,
    );
  return parseTrustedProxies(name, ownMember(env, name));
}
