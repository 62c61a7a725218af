import { scopeOfHost } from '@callable/protocol';

/**
 * Said to whoever starts a node beside its hub: a second one there is seldom drawn together with the first, and nothing
 * else would say why. Empty where the hub sees the node's own network.
 */
export function explainVoice(hubUrl: string): string {
  const scope = scopeOfHost(new URL(hubUrl).hostname);
  if (scope !== 'loopback' && scope !== 'private') return '';
  const where = scope === 'loopback' ? 'on this machine' : 'in one private network';
  return `The hub knows no network of nodes ${where}: all of them are one voice.\nOne of them is drawn for a release, the hub's own while it runs.\n`;
}
