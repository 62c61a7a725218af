import { scopeOfHost } from '@callable/protocol';

/** Whether a server with these public URLs is meant for others than this machine. */
export const isPublic = (publicUrls: readonly string[]): boolean =>
  publicUrls.some((url) => scopeOfHost(new URL(url).hostname) !== 'loopback');
