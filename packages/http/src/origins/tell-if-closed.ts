import { scopeOfHost } from '@callable/protocol';
import { isPublic } from './is-public.ts';

/** Says at the start of a server that nobody will be served who reaches it by another name than this machine's. */
export function tellIfClosed(
  { host, publicUrls }: { host: string; publicUrls: readonly string[] },
  setting: string,
  log: { warn: (message: string) => void },
): void {
  if (scopeOfHost(host) === 'loopback' || isPublic(publicUrls)) return;
  log.warn(`This server listens on ${host} and has no public URL, so it serves this machine alone: set ${setting}.`);
}
