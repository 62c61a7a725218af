import { scopeOfHost } from '@callable/protocol';

/**
 * Said to whoever starts a node beside its hub: several there are one voice, however many they are, and nothing
 * else would say why. Empty where the hub sees the node's own network.
 */
export function explainVoice(hubUrl: string): string {
  const scope = scopeOfHost(new URL(hubUrl).hostname);
  if (scope !== 'loopback' && scope !== 'private') return '';
  const where = scope === 'loopback' ? 'on this machine' : 'in one private network';
  return `The hub knows no network of nodes ${where}: all of them are one voice.\nThe hub's own decides while it runs; one of the others is drawn beside it, and compared.\n`;
}
