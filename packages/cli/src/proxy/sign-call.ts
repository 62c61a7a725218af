import { createHash } from 'node:crypto';
import { signRequestOnTerms, toHex } from '@callable/protocol';
import { findAudience } from '@callable/sdk';
import type { ProxySettings } from './proxy-settings.ts';

/** The headers that sign a call for the gateway, by the key of the proxy. Rejects with HubUnreachable where it does not say who it is. */
export async function signCall(
  { client, key, onBehalfOf, relies }: Pick<ProxySettings, 'client' | 'key' | 'onBehalfOf' | 'relies'>,
  { path, body, signal }: { path: string; body: Uint8Array; signal: AbortSignal },
): Promise<Record<string, string>> {
  const audience = await findAudience(client, 'gateway', signal);
  const more = { ...(onBehalfOf ? { onBehalfOf } : {}), ...(relies ? { relies } : {}) };
  const request = {
    ...{ version: 2 as const, audience, method: 'POST', path },
    ...{ body: createHash('sha256').update(body).digest('hex'), nonce: toHex(client.random(32)) },
    issuedAt: client.clock(),
  };
  return signRequestOnTerms(Object.keys(more).length > 0 ? { ...request, more } : request, key);
}
