import type { WalrusApiConfig } from '../config/walrus-api-config.ts';

/** The epoch of this hub's own publisher. */
export const epochAt = (config: WalrusApiConfig, now: number): number => Math.floor(now / config.epochMs);
